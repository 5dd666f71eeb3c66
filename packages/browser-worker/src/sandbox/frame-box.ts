/** A worker for others' code inside a sandboxed frame of no origin: it reaches no network, no storage and no page. */
import { HEARTBEAT_MS } from "@skein/runtime/host";
import type { Box } from "./box.ts";
import { FRAME_PAGE } from "./frame-page.ts";

/** Pings in a row that stay without an answer until a frame is taken for dead. */
const PINGS_BEFORE_DEAD = 3;

/**
 * Opens a frame in `document` and starts `program`, the text of a classic script, in a worker there. The worker's first
 * message brings it the other ends of the two ports.
 *
 * @example
 * const box = openFrameBox(program, document);
 * const link = messagePortLink(box.link);
 */
export function openFrameBox(program: string, document: Document): Box {
  return new FrameBox(program, document);
}

type FrameWords = { readonly what: "pong" | "error" | "refused"; readonly text?: string };

class FrameBox implements Box {
  readonly link: MessagePort;
  readonly host: MessagePort;
  readonly ended: Promise<string | undefined>;
  readonly #frame: HTMLIFrameElement;
  readonly #control: MessagePort;
  readonly #end: (why: string | undefined) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #unanswered = 0;
  #over = false;
  #onError: (text: string) => void = () => {};

  constructor(program: string, document: Document) {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.ended = promise;
    this.#end = resolve;
    const [link, host, control] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
    this.link = link.port1;
    this.host = host.port1;
    this.#control = control.port1;
    this.#control.addEventListener("message", ({ data }: MessageEvent<FrameWords>) => this.#take(data));
    this.#control.start();
    this.#frame = document.createElement("iframe");
    // Without allow-same-origin: whatever its address, it has no origin, and with it no cookies and no storage.
    this.#frame.setAttribute("sandbox", "allow-scripts");
    this.#frame.setAttribute("aria-hidden", "true");
    this.#frame.title = "skein server";
    this.#frame.hidden = true;
    this.#frame.srcdoc = FRAME_PAGE;
    this.#frame.addEventListener(
      "load",
      () => {
        // Its origin is opaque, so it can only be addressed as any; it is ours until this first message.
        this.#frame.contentWindow?.postMessage(program, "*", [control.port2, link.port2, host.port2]);
      },
      { once: true },
    );
    // Not in the body: pages put other things there as they like.
    document.documentElement.append(this.#frame);
    this.#timer = setInterval(() => this.#ping(), HEARTBEAT_MS);
  }

  onError(take: (text: string) => void): void {
    this.#onError = take;
  }

  kill(): void {
    this.#close(undefined);
  }

  #take({ what, text = "" }: FrameWords): void {
    if (what === "pong") this.#unanswered = 0;
    else if (what === "refused") this.#close(`the page's policy forbids its worker: ${text}`);
    // A policy that forbids it gives an error without words.
    else if (text === "") this.#close("its worker could not be started, or ended");
    else this.#onError(text);
  }

  /** The frame's own thread runs nothing of others: one that is silent has crashed. */
  #ping(): void {
    if (this.#unanswered >= PINGS_BEFORE_DEAD) return this.#close("it crashed: it may have used up its memory");
    this.#unanswered += 1;
    this.#control.postMessage("ping", []);
  }

  #close(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#frame.remove();
    this.#control.close();
    this.host.close();
    this.#end(why);
  }
}
