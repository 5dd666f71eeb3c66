/** How a peer finds others: the directory, names and peers located in it, the local network, and who carries connections. */
import type { Address, Location } from "../contracts/endpoint.ts";
import type { Router } from "../contracts/router.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { NameTable } from "../message/names.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { Engine } from "../task/engine.ts";
import { SECOND_MS } from "../units.ts";
import { Directory, type OwnRecord } from "./directory.ts";
import type { PeerEvent } from "./events.ts";
import { refusedBy } from "./first-contacts.ts";
import { IdleLinks } from "./idle-links.ts";
import { createLanPeers, decideLanPeers, type LanPeersEvent, type LanPeersState } from "./lan-peers.ts";
import { handleLocate, PeerLocator } from "./locate.ts";
import { Members } from "./members.ts";
import type { NetworkConnection, NetworkHost } from "./network.ts";
import { presentEvents } from "./peer-info.ts";
import type { PeerTable } from "./peer-table.ts";
import type { PeerFinder } from "./peer-table-options.ts";
import { Relays } from "./relays.ts";

/** Connected peers that keep no directory for this one and are asked all the same, where there are few. */
const ASKED_BESIDES = 8;
/** How often the local network is asked while no peer there is connected. */
const LOOK_AROUND_MS: number = 5 * SECOND_MS;

export interface DiscoveryOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly engine: Engine;
  readonly router: Router & Procedures;
  readonly names: NameTable;
  readonly record: () => OwnRecord;
  readonly peers: PeerTable;
  readonly host: () => NetworkHost;
  /** Whether something of this peer's processes would be lost with the session. */
  readonly holds: (peer: PeerId) => boolean;
  /** Tells who joined the cluster and left it. */
  readonly emit: (event: PeerEvent) => void;
}

export class Discovery implements PeerFinder {
  readonly #options: DiscoveryOptions;
  readonly #connected = new Set<PeerId>();
  readonly #lan: LanPeersState;
  readonly #relays: Relays;
  readonly #members: Members;
  readonly #idle: IdleLinks;
  readonly directory: Directory;
  readonly locator: PeerLocator;
  #timer: TimerHandle = undefined;
  #refusal: SkeinError | undefined;
  #closed = false;

  constructor(options: DiscoveryOptions) {
    const { platform, logger, engine, router, names, record, peers, host } = options;
    const procedures: Procedures = router;
    this.#options = options;
    const self = record().peer;
    this.#lan = createLanPeers(self);
    this.directory = new Directory({
      platform,
      logger,
      procedures,
      names,
      record,
      onSeeds: () => {
        this.locator.targetsChanged();
        this.#members.sourcesChanged();
      },
      onJoined: (joined) => this.#members.joined(joined),
      onLeft: (peer) => this.#members.left(peer),
    });
    this.#members = new Members({
      self,
      procedures,
      seeds: () => this.directory.seeds,
      records: () => this.directory.records(),
      emit: options.emit,
    });
    this.locator = new PeerLocator({
      platform,
      engine,
      router,
      procedures,
      directory: this.directory,
      learn: (location) => peers.learn(location),
      targets: () => this.#targets(),
      refusal: () => this.#refusal,
      around: {
        self,
        get addresses(): readonly Address[] {
          return record().addresses;
        },
        isConnected: (peer) => this.#connected.has(peer),
        rttOf: (peer) => peers.rttOf(peer),
      },
    });
    handleLocate(procedures, this.locator);
    this.#idle = new IdleLinks({
      platform,
      self,
      connected: () => this.#connected,
      sessionOf: (peer) => peers.sessionOf(peer),
      mayPart: (peer) => this.mayPart(peer),
      isWanted: (peer) => this.#isWanted(peer),
      part: (peer) => peers.part(peer),
    });
    this.#relays = new Relays({
      platform,
      procedures,
      logger,
      addresses: () => record().addresses,
      addressesOf: (peer) => peers.member(peer)?.addresses ?? [],
      connectionAddress: (peer) => peers.sessionOf(peer)?.connection?.address,
      reserve: async (address) => await host().reserve?.(address),
      onChanged: () => this.directory.refresh(),
    });
  }

  /** What happened to this peer's connections. */
  event(event: PeerEvent): void {
    switch (event.type) {
      case "connected":
        this.#connected.add(event.peer);
        this.#checkSeed(event.peer);
        this.locator.targetsChanged();
        this.#idle.watch();
        if (this.#timer !== undefined) this.#decide({ type: "tick" });
        return;
      case "back":
      case "path-changed":
        // What the last connection carried ended with it.
        if (this.directory.isSeed(event.peer)) void this.#relays.connected(event.peer);
        return;
      default:
    }
  }

  /** The addresses of a peer, as those who keep the directory know them. */
  async whereIs(peer: PeerId): Promise<readonly Address[]> {
    return await this.locator.whereIs(peer);
  }

  /** Whether the session with this peer is of no use here: nobody is found by it, and nothing hangs on it. */
  mayPart(peer: PeerId): boolean {
    return !this.#isBound(peer);
  }

  /** The session with this peer is over, for whatever reason. */
  lost(peer: PeerId): void {
    if (!this.#connected.delete(peer)) return;
    this.directory.lost(peer);
    this.#members.lost(peer);
  }

  /** How things stand, as events: who is connected, and the members known. From now on it is told who joins and leaves. */
  present(): readonly PeerEvent[] {
    return [...this.#options.peers.members().flatMap(presentEvents), ...this.#members.present()];
  }

  /** Somebody was reached, or came, and no session came of it. */
  refused({ address, dialled }: Pick<NetworkConnection, "address" | "dialled">, error: SkeinError): void {
    const { logger, emit } = this.#options;
    if (dialled) this.#refusal = refusedBy([address], error);
    // Whoever dials has asked for this peer; strangers that come are no reason to worry.
    logger[dialled ? "warn" : "info"]("peer.refused", { address, code: error.code, reason: error.message });
    emit({ type: "refused", address, error });
  }

  /** Somebody asked for this peer to stay connected. */
  kept(peer: PeerId): void {
    // It is not the local network's to let go any more.
    this.#lan.found.delete(peer);
    this.#checkSeed(peer);
  }

  /** The local network is looked at from now on: {@link Discovery.found} tells what is there. */
  lookAround(): void {
    this.#timer = this.#options.platform.startTimer(LOOK_AROUND_MS, () => {
      if (this.#closed) return;
      const isAlone = ![...this.#lan.found.keys()].some((peer) => this.#connected.has(peer));
      if (isAlone) this.#options.host().lookAround?.();
      this.#decide({ type: "tick" });
      this.lookAround();
    });
  }

  /** Somebody on the local network says that it is a peer of this cluster. */
  found(location: Location): void {
    if (this.#closed) return;
    const { peers } = this.#options;
    const mine = this.#lan.found.get(location.peer)?.chosen === true;
    if (!mine && peers.isKept(location.peer)) return;
    this.#decide({ type: "found", location });
  }

  close(): void {
    this.#closed = true;
    this.#options.platform.stopTimer(this.#timer);
    this.#idle.close();
    this.#relays.close();
    this.directory.close();
  }

  #checkSeed(peer: PeerId): void {
    if (!this.#connected.has(peer) || !this.#options.peers.isKept(peer)) return;
    this.directory.offer(peer);
    if (this.directory.isSeed(peer)) void this.#relays.connected(peer);
  }

  #decide(event: LanPeersEvent): void {
    const { platform, peers, logger } = this.#options;
    const now = {
      nowMs: platform.now(),
      isConnected: (peer: PeerId) => this.#connected.has(peer),
      others: this.directory.seeds.filter((peer) => !this.#lan.found.has(peer)).length,
    };
    for (const action of decideLanPeers(this.#lan, event, now)) {
      if (action.type === "release") {
        peers.release(action.peer);
        this.#idle.watch();
        continue;
      }
      const { peer, addresses } = action.location;
      peers.keep(addresses, peer).then(
        () => this.#checkSeed(peer),
        (error: unknown) => {
          logger.debug("peer.unreachable", { peer, error });
          if (!this.#closed) this.#decide({ type: "failed", peer });
        },
      );
    }
  }

  /** Whether the session with a peer is wanted, used or not: one of the two is found by it, or something hangs on it. */
  #isBound(peer: PeerId): boolean {
    const { peers, holds } = this.#options;
    if (this.#isWanted(peer) || holds(peer)) return true;
    const carried = `/p2p/${peer}/p2p-circuit`;
    return [...this.#connected].some((one) => peers.sessionOf(one)?.connection?.address.includes(carried) === true);
  }

  #isWanted(peer: PeerId): boolean {
    return this.#options.peers.isKept(peer) || this.directory.isSeed(peer) || this.directory.isAttached(peer);
  }

  #targets(): readonly PeerId[] {
    const { seeds } = this.directory;
    const others = [...this.#connected].filter((peer) => !seeds.includes(peer) && !this.directory.isAttached(peer));
    return [...seeds, ...others.slice(0, ASKED_BESIDES)];
  }
}
