/** Keeps peers connected that were asked for by name or address. */
import type { Address, Location } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import type { PeerInfo } from "./peer-host.ts";
import { infoOf, peerInfo } from "./peer-info.ts";
import type { PeerTable } from "./peer-table.ts";

export interface StayingOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly peers: PeerTable;
  /** That peer is kept from now on. */
  readonly kept: (peer: PeerId) => void;
  readonly isClosed: () => boolean;
}

export class Staying {
  readonly #options: StayingOptions;

  constructor(options: StayingOptions) {
    this.#options = options;
  }

  /** As `peer.connect`. */
  connect(target: Address | Location, options: WaitOptions | undefined): Operation<PeerInfo> {
    const { engine, logger, peers, isClosed } = this.#options;
    const connected = new Deferred<PeerInfo>("a connection").ignore();
    void connected.limit(engine, options, () => {});
    const addresses = typeof target === "string" ? [target] : target.addresses;
    const staying = this.stay(addresses, typeof target === "string" ? undefined : target.peer);
    // One `catch` for both: it may be gone again by the time that it is looked at.
    staying
      .then((peer) => connected.resolve(infoOf(peer, peers.members().map(peerInfo))))
      .catch((error: unknown) => {
        // Who asked hears it too, and says what it means to him.
        if (!isClosed()) logger.debug("peer.unreachable", { addresses, error });
        connected.reject(error);
      });
    return connected;
  }

  /** Keeps whoever is there connected: one to be found by. */
  async stay(addresses: readonly Address[], expected?: PeerId, retry = false): Promise<PeerId> {
    const { peers, kept } = this.#options;
    const { peer } = await peers.keep(addresses, expected, { retry });
    kept(peer);
    return peer;
  }
}
