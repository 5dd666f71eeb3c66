/** The way for bulk to every peer: the streams of its session, which are others after another session. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { BulkCarrier } from "../link/carrier.ts";
import type { Platform } from "../platform.ts";
import { type BulkPath, BulkStreams } from "./bulk-streams.ts";
import type { EndpointTable } from "./identity.ts";

/** A session as bulk needs it. */
export interface BulkSession extends BulkPath {
  /** Resolves when it is over. */
  readonly ended: Promise<unknown>;
  abort(error: SkeinError): void;
}

export interface BulkPathsOptions {
  readonly platform: Pick<Platform, "startTimer" | "stopTimer">;
  readonly table: EndpointTable;
  readonly self: PeerId;
  /** The session with a peer; `undefined` while there is none. */
  readonly sessionOf: (peer: PeerId) => BulkSession | undefined;
  readonly onFrame: (frame: Uint8Array, from: PeerId) => void;
}

export class BulkPaths {
  readonly #options: BulkPathsOptions;
  readonly #streams = new WeakMap<BulkSession, BulkStreams>();

  constructor(options: BulkPathsOptions) {
    this.#options = options;
  }

  /** Takes frames of bulk for a peer. Without a session it takes none: who sends has lost the peer then. */
  carrierTo(peer: PeerId): BulkCarrier {
    const streams = (): BulkStreams | undefined => this.#of(peer);
    return {
      get state() {
        return streams()?.state ?? "opening";
      },
      get settled() {
        return streams()?.settled ?? true;
      },
      send: (frame) => streams()?.send(frame),
      whenOpen: (callback) => streams()?.whenOpen(callback),
      room: (bytes) => streams()?.room(bytes) ?? new Uint8Array(bytes),
    };
  }

  /** A peer opened a stream for bulk. */
  linked(link: Link, from: PeerId): void {
    const streams = this.#of(from);
    if (streams === undefined) link.close();
    else streams.linked(link);
  }

  /** The session with a peer goes on over another connection. */
  moved(peer: PeerId): void {
    const session = this.#options.sessionOf(peer);
    if (session !== undefined) this.#streams.get(session)?.moved();
  }

  #of(peer: PeerId): BulkStreams | undefined {
    const session = this.#options.sessionOf(peer);
    if (session === undefined) return undefined;
    const found = this.#streams.get(session);
    if (found !== undefined) return found;
    const { platform, table, self, onFrame } = this.#options;
    const bytesOf = (endpoint: PeerId): Uint8Array => table.bytesOf(hostOf(endpoint));
    const streams = new BulkStreams({
      platform,
      path: session,
      selfBytes: bytesOf(self),
      remoteBytes: bytesOf(peer),
      onFrame: (frame) => onFrame(frame, peer),
      onError: (error) => session.abort(error),
    });
    this.#streams.set(session, streams);
    void session.ended.then(() => streams.close());
    return streams;
  }
}

const hostOf = (peer: PeerId): Endpoint => ({ peer, server: 0 });
