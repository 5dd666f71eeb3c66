/**
 * The way into a cluster for pages that are no members of it. They join a cluster of their own, in this process, whose
 * one other peer passes on what they ask to the scheduler, as the client it stands beside: a page may do what that may.
 */
import {
  type ClusterEvent,
  createRuntime,
  type Location,
  type Logger,
  MINUTE_MS,
  type Observed,
  type Operation,
  type PeerHost,
  type Role,
  silentLogger,
} from "@skein/runtime";
import { CALL_TIMEOUT_MS, type Caller, type Endpoint } from "@skein/runtime/host";
import { ACT_PROCEDURES, withoutArgs, withoutTexts } from "@skein/runtime/network";
import { createNodePeer } from "../create-node-peer.ts";
import { nodePlatform } from "../platform/installed.ts";
import type { PageSession } from "./console.ts";
import { PageWatches } from "./page-watches.ts";

export interface GatewayOptions {
  /** The member of the cluster that asks for the pages. */
  readonly peer: PeerHost;
  readonly scheduler: Location;
  /** With `false` arguments of tasks stay in this process. */
  readonly showArgs: boolean;
  readonly logger?: Logger;
}

/** What a page may be in the cluster, if the member it stands beside is. */
const PAGE_ROLES: readonly Role[] = ["viewer", "client", "operator"];

/** How the cluster stands is asked for again by each page that opens: nobody else needs these. */
const LOOKS = ["scheduler.status"];

export class ConsoleGateway {
  readonly #options: GatewayOptions;
  /** Whom the pages meet. */
  readonly peer: PeerHost;
  readonly #watches: PageWatches;
  readonly #handles: Disposable[] = [];

  private constructor(options: GatewayOptions, peer: PeerHost) {
    this.#options = options;
    this.peer = peer;
    const { showArgs, logger = silentLogger } = options;
    this.#watches = new PageWatches({
      pages: peer.procedures,
      cluster: options.peer.procedures,
      scheduler: this.#scheduler,
      shown: showArgs ? (batch) => batch : withoutArguments,
      // It comes again by itself, and goes on where it was.
      drop: (page) => peer.disconnect(page.peer),
      logger,
    });
    this.#handles.push(this.#watches);
    for (const name of new Set([...LOOKS, ...ACT_PROCEDURES])) this.#passOn(name);
    this.#handles.push(
      options.peer.procedures.onLost((matches) => {
        if (matches(this.#scheduler)) this.#dropPages();
      }),
    );
  }

  /** Opens the pages' own cluster: on loopback, with keys that end with it. */
  static async open(options: GatewayOptions): Promise<ConsoleGateway> {
    const { logger } = options;
    const peer = await createNodePeer({
      name: "console",
      newCluster: true,
      listen: ["ws://127.0.0.1:0"],
      discover: false,
      webRtc: false,
      runtime: createRuntime({ platform: nodePlatform() }),
      ...(logger === undefined ? {} : { logger }),
    });
    return new ConsoleGateway(options, peer);
  }

  /** What a page joins by, once the scheduler answers. @throws {SkeinError} `PEER_LOST`, `PEER_UNREACHABLE`, `TIMEOUT` */
  async session(): Promise<PageSession> {
    const { peer, scheduler } = this.#options;
    if (scheduler.peer !== peer.id) await peer.connect(scheduler, { timeoutMs: CALL_TIMEOUT_MS });
    await this.#ask("scheduler.status", undefined);
    const own = PAGE_ROLES.filter((role) => peer.roles.includes(role));
    return {
      invite: await this.peer.invite({ roles: own.length === 0 ? ["viewer"] : own, forMs: MINUTE_MS }),
      scheduler: this.peer.procedures.self,
    };
  }

  async close(): Promise<void> {
    for (const handle of this.#handles) handle[Symbol.dispose]();
    await this.peer.close({ cancel: true });
  }

  get #scheduler(): Endpoint {
    return { peer: this.#options.scheduler.peer, server: 0 };
  }

  #ask(name: string, words: unknown, caller?: Caller): Operation<unknown> {
    const { signal } = caller ?? {};
    return this.#options.peer.procedures.call(this.#scheduler, name, words, {
      timeoutMs: CALL_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** What the words are is for the scheduler to check, which knows whose they are. */
  #passOn(name: string): void {
    const { id } = this.peer;
    // Its own invites it makes itself.
    const options = { parse: (words: unknown) => words, instead: (from: Endpoint) => from.peer !== id };
    this.#handles.push(this.peer.procedures.handle(name, options, (words, caller) => this.#ask(name, words, caller)));
  }

  /** They see that it ended, keep what they show, and come again. */
  #dropPages(): void {
    this.#watches.forget();
    for (const { peer } of this.peer.peers()) this.peer.disconnect(peer);
  }
}

/** A batch as the scheduler sends it, without arguments and what else is told only to those who may see them. */
function withoutArguments(batch: unknown): unknown {
  if (typeof batch !== "object" || batch === null) return batch;
  const words: Readonly<Record<string, unknown>> = { ...batch };
  const { events, observed } = words;
  return {
    ...words,
    // They come from the scheduler, which the handshake has proven.
    ...(Array.isArray(events) ? { events: events.map((event: ClusterEvent) => withoutArgs(event)) } : {}),
    ...(Array.isArray(observed) ? { observed: observed.map((one: Observed) => withoutTexts(one)) } : {}),
  };
}
