/** One end of a connection between two simulated peers, with its links. */
import type { PeerId } from "../../ids.ts";
import { newSignal } from "../../link/inbox.ts";
import type { LimitedLink, NetworkConnection } from "../../peer/network.ts";
import { SimLink } from "./sim-link.ts";
import type { Wire } from "./wire.ts";

/** What an end tells its host. */
export interface ConnectionHost {
  linked(connection: SimConnection, protocol: string, link: LimitedLink): void;
  ended(connection: SimConnection): void;
}

export interface ConnectionEnd {
  readonly remote: PeerId;
  readonly address: string;
  readonly transport: string;
  readonly dialled: boolean;
  readonly host: ConnectionHost;
  /** Leads away from this end. */
  readonly out: Wire;
}

export class SimConnection implements NetworkConnection {
  readonly remote: PeerId;
  readonly address: string;
  readonly transport: string;
  readonly dialled: boolean;
  readonly #host: ConnectionHost;
  readonly #out: Wire;
  readonly #closed = newSignal<void>();
  readonly closed: Promise<void> = this.#closed.promise;
  readonly #links = new Set<SimLink>();
  #other: SimConnection | undefined;
  #open = true;

  constructor({ remote, address, transport, dialled, host, out }: ConnectionEnd) {
    this.transport = transport;
    this.remote = remote;
    this.address = address;
    this.dialled = dialled;
    this.#host = host;
    this.#out = out;
  }

  join(other: SimConnection): void {
    this.#other = other;
    other.#other = this;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Between whom, for the world. */
  get out(): Wire {
    return this.#out;
  }

  openLink(protocol: string, signal: AbortSignal): Promise<LimitedLink> {
    const other = this.#other;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (!this.#open || other === undefined) return Promise.reject(new Error("the connection is closed"));
    const near = new SimLink(this.#out);
    const far = new SimLink(other.#out);
    near.join(far);
    this.#add(near);
    this.#out.send(`open ${protocol}`, () => other.#linked(protocol, far));
    return Promise.resolve(near);
  }

  close(): void {
    if (!this.#open) return;
    const other = this.#other;
    this.#out.send("end", () => other?.broken("the other side closed the connection"));
    this.broken("the connection was closed");
  }

  /** This end is gone; the other one learns of it by itself, if at all. */
  broken(why: string): void {
    if (!this.#open) return;
    this.#open = false;
    for (const link of this.#links) link.end(new Error(why));
    this.#links.clear();
    this.#closed.resolve();
    this.#host.ended(this);
  }

  #linked(protocol: string, link: SimLink): void {
    if (!this.#open) return;
    this.#add(link);
    this.#host.linked(this, protocol, link);
  }

  #add(link: SimLink): void {
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
  }
}
