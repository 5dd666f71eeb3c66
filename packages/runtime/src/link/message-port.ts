/** A link over a MessagePort or a Worker: frames go as transferred buffers, a word says goodbye. */
import type { Link } from "../contracts/link.ts";
import { Inbox, newSignal } from "./inbox.ts";

/** What a MessagePort, a Worker and a worker's own scope have in common. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message" | "messageerror", listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: "message" | "messageerror", listener: (event: { readonly data: unknown }) => void): void;
  start?(): void;
  close?(): void;
}

const GOODBYE = "skein.goodbye";

/** Both ends must be made with this; the port is then the link's alone. */
export function messagePortLink(port: PortLike): Link {
  return new PortLink(port);
}

class PortLink implements Link {
  readonly transport = "message-port";
  readonly #port: PortLike;
  readonly #inbox = new Inbox((error) => this.abort(error));
  readonly #closed = newSignal<Error | undefined>();
  readonly closed: Promise<Error | undefined> = this.#closed.promise;
  #open = true;
  readonly #onMessage = (event: { readonly data: unknown }): void => this.#message(event.data);

  constructor(port: PortLike) {
    this.#port = port;
    port.addEventListener("message", this.#onMessage);
    port.addEventListener("messageerror", this.#onMessage);
    port.start?.();
  }

  send(frame: Uint8Array): boolean {
    if (!this.#open) return true;
    // A copy of its own: the frame may be a view of a larger buffer, and a session may keep it.
    const bytes = frame.slice();
    this.#port.postMessage(bytes, [bytes.buffer]);
    return true;
  }

  // A port gives no sign of a slow receiver; credits between the ends bound what is under way.
  drained(): Promise<void> {
    return Promise.resolve();
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#inbox.receive(onFrame);
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  close(): void {
    if (!this.#open) return;
    this.#port.postMessage(GOODBYE, []);
    this.#end(undefined);
  }

  abort(error: Error): void {
    if (!this.#open) return;
    this.#port.postMessage({ goodbye: GOODBYE, message: error.message }, []);
    this.#inbox.clear();
    this.#end(error);
  }

  #message(data: unknown): void {
    if (!this.#open) return;
    if (data instanceof Uint8Array) this.#inbox.push(data);
    else if (data === GOODBYE) this.#end(undefined);
    else if (typeof data === "object" && data !== null && "goodbye" in data && data.goodbye === GOODBYE) {
      this.#end(new Error("message" in data ? String(data.message) : "the other end aborted the link"));
    } else this.abort(new Error("the other end sent what is no frame"));
  }

  #end(error: Error | undefined): void {
    this.#open = false;
    this.#port.removeEventListener("message", this.#onMessage);
    this.#port.removeEventListener("messageerror", this.#onMessage);
    this.#port.close?.();
    this.#closed.resolve(error);
  }
}
