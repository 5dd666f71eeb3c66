/** A carrier over a single link: between a node and one of its server processes. */
import type { Link } from "../contracts/link.ts";
import type { Carrier } from "./carrier.ts";

export class LinkCarrier implements Carrier {
  readonly #link: Link;
  #state: "open" | "busy" | "closed" = "open";
  #waiting: (() => void)[] = [];

  constructor(link: Link) {
    this.#link = link;
    void link.closed.then(() => this.#close());
  }

  get state(): "open" | "busy" | "closed" {
    return this.#state;
  }

  send(frame: Uint8Array): void {
    if (this.#state === "closed") return;
    const more = this.#link.send(frame);
    if (more || this.#state !== "open") return;
    this.#state = "busy";
    void this.#link.drained().then(() => this.#open());
  }

  whenOpen(callback: () => void): void {
    if (this.#state === "open") callback();
    else if (this.#state === "busy") this.#waiting.push(callback);
  }

  #close(): void {
    this.#state = "closed";
    this.#waiting = [];
  }

  #open(): void {
    if (this.#state !== "busy") return;
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.whenOpen(callback);
  }
}
