/**
 * The page inside a view's frame: others' HTML, without what runs or leads elsewhere (a policy can't forbid a frame to
 * navigate itself), and a script of ours that tells its events.
 */

const SCRIPT = `const LEADS = /^(on.*|href|.*:href|ping|action|formaction|target)$/i;
addEventListener("message", ({ data: html, ports: [port] }) => {
  const tell = (type, name, value) => port.postMessage({ type, name: String(name), value });
  const show = (text) => {
    const { body } = new DOMParser().parseFromString(text, "text/html");
    for (const one of body.querySelectorAll("meta,base,link,script,iframe,frame,object,embed,template,animate,set")) one.remove();
    for (const one of body.querySelectorAll("*")) for (const { name } of [...one.attributes]) if (LEADS.test(name)) one.removeAttribute(name);
    document.body.replaceChildren(...body.childNodes);
  };
  port.addEventListener("message", ({ data }) => show(data));
  port.start();
  for (const type of ["click", "change"]) document.addEventListener(type, ({ target }) => {
    const named = target.closest("[name]");
    if (named && named.localName !== "form") tell(type, named.getAttribute("name"), String(named.value ?? ""));
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = {};
    for (const [name, value] of new FormData(event.target)) if (typeof value === "string") fields[name] = value;
    tell("submit", event.target.getAttribute("name") ?? "", fields);
  });
  show(html);
}, { once: true });`;

/** Of the script above, for its own policy and that of pages that grant `show`. */
export const VIEW_SCRIPT_HASH = "sha256-pQA4LXJ24hY04hVpOQkKuthuSFgGUWfpoBmbZIJuvno=";

/** Nothing is loaded but images that are in the text itself. */
const POLICY: string = [
  "default-src 'none'",
  `script-src '${VIEW_SCRIPT_HASH}'`,
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export const VIEW_PAGE: string = `<!doctype html><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><body><script>${SCRIPT}</script>`;

/** For the test that keeps its hash true. */
export const viewScript: string = SCRIPT;
