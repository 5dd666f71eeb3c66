/** The page inside a sandboxed frame: its policy, and the few lines of ours that start the worker for others' code. */

/**
 * Gets one message with the worker's program and its ports, starts the worker, and from then on only answers pings and
 * tells what the worker could not handle. Nothing of others runs in the frame's document: it alone could navigate.
 */
const SCRIPT = `addEventListener("message", ({ data, ports: [control, ...ports] }) => {
  const tell = (what, text) => control.postMessage({ what, text: String(text).slice(0, 10000) });
  control.addEventListener("message", () => control.postMessage({ what: "pong" }));
  control.start();
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([data], { type: "text/javascript" })), { name: "skein server" });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      tell("error", event.message || "");
    });
    worker.postMessage(undefined, ports);
  } catch (error) {
    tell("refused", error);
  }
}, { once: true });`;

/** Of the script above, for the policy of pages that hold such frames: a frame keeps its page's policy too. */
export const FRAME_SCRIPT_HASH = "sha256-s74KW8Z8qgyXxAyFxH0QcHPEogYmLORUkHwwmUFXapY=";

/** No network, no storage, no frames: scripts are ours by its hash, and what the worker makes into blobs itself. */
const POLICY: string = [
  "default-src 'none'",
  `script-src '${FRAME_SCRIPT_HASH}' blob: 'unsafe-eval'`,
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** What goes into a frame's `srcdoc`. */
export const FRAME_PAGE: string = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><script>${SCRIPT}</script>`;

/** For the test that keeps its hash true. */
export const frameScript: string = SCRIPT;
