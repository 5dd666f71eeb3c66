/** Starts a peer: identity, membership, sessions and routing, put together. */
import type { Address, Endpoint, Location, Role } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { Operation } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { randomText, type ClusterId, type PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { runtime as defaultRuntime, type Runtime } from "../task/runtime.ts";
import { inboundOf } from "../message/inbound.ts";
import {
  type LocateOptions,
  type Locator,
  type NameKind,
  type NameTable,
  nameTable,
  type RegisterOptions,
} from "../message/names.ts";
import type { Named } from "../message/registry.ts";
import { groupByPeer, toMultiaddr } from "./address.ts";
import { codecOf } from "./codec-of.ts";
import { Connector } from "./connector.ts";
import { libp2pNetwork } from "./default-network.ts";
import { EventFeed } from "./event-feed.ts";
import type { PeerEvent } from "./events.ts";
import { FrameSwitch } from "./frame-switch.ts";
import { EndpointTable } from "./identity.ts";
import { handleLocate, peerLocator } from "./locate.ts";
import { MembershipKeeper } from "./membership-keeper.ts";
import type { NetworkHost, NetworkHostOptions } from "./network.ts";
import type { PeerHost, PeerInfo, PeerOptions } from "./peer-host.ts";
import { connectedEvent, infoOf, peerInfo } from "./peer-info.ts";
import { memoryPeerStore } from "./peer-store.ts";
import { PeerTable } from "./peer-table.ts";
import { ProcessRouter } from "./router.ts";
import { Standing, type InviteRequest } from "./standing.ts";

/** Characters that tell one start of a process from the next. */
const INSTANCE_LENGTH = 16;

/**
 * Starts a peer and attaches its runtime to the network. Acts at once.
 *
 * @throws {SkeinError} `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER` and `PEER_UNREACHABLE` when joining by the invite
 *   fails; `NO_CLUSTER`; `OPTION_INVALID`; `RUNTIME_WRONG` when the platform has no network
 * @example
 * const peer = await createPeer(platform, { listen: ["127.0.0.1:0"] });
 * const invite = await peer.invite({ roles: ["client"] });
 */
export function createPeer(platform: Platform, options: PeerOptions = {}): Operation<PeerHost> {
  const started = new Deferred<PeerHost>("the peer to start");
  startPeerHost(platform, options).then(
    (peer) => started.resolve(peer),
    (error: unknown) => started.reject(error),
  );
  return started;
}

/** The same as a promise. */
export async function startPeerHost(platform: Platform, options: PeerOptions): Promise<PeerHost> {
  const store = options.store ?? memoryPeerStore();
  let peer: RunningPeer | undefined;
  try {
    const standing = await Standing.load(platform, store, {
      newCluster: options.newCluster ?? true,
      ...(options.invite === undefined ? {} : { invite: options.invite }),
      ...(options.secret === undefined ? {} : { secret: options.secret }),
      ...(options.roles === undefined ? {} : { roles: options.roles }),
    });
    peer = new RunningPeer(platform, standing, options);
    await peer.start();
    return peer;
  } catch (error) {
    if (peer === undefined) store.close?.();
    else await peer.close();
    throw error;
  }
}

class RunningPeer implements PeerHost {
  readonly id: PeerId;
  readonly name: string;
  readonly cluster: ClusterId;
  readonly runtime: Runtime;
  readonly platform: Platform;
  readonly router: ProcessRouter;
  readonly procedures: ProcessRouter;
  readonly events: EventFeed<PeerEvent>;
  readonly #options: PeerOptions;
  readonly #standing: Standing;
  readonly #peers: PeerTable;
  readonly #connector: Connector;
  readonly #switch: FrameSwitch;
  readonly #instance: string;
  readonly #attached: Disposable;
  readonly #names: NameTable;
  readonly #locator: Locator;
  readonly #keeper: MembershipKeeper;
  #host: NetworkHost | undefined;
  #closed: Deferred<void> | undefined;

  constructor(platform: Platform, standing: Standing, options: PeerOptions) {
    const runtime = options.runtime ?? defaultRuntime;
    const logger = options.logger ?? runtime.logger;
    const codec = codecOf(runtime);
    const table = new EndpointTable();
    this.#options = options;
    this.#standing = standing;
    this.platform = platform;
    this.runtime = runtime;
    this.id = standing.peer;
    this.cluster = standing.cluster;
    this.name = options.name ?? this.id.slice(-8);
    this.#instance = randomText(INSTANCE_LENGTH, (count) => platform.randomBytes(count));
    this.events = new EventFeed(() => this.#peers.members().map(connectedEvent));
    this.router = new ProcessRouter({
      platform,
      inbound: inboundOf(runtime),
      codec,
      table,
      self: { peer: this.id, server: 0 },
      logger,
      ownRoles: () => standing.rolesMask,
      carrierTo: (to) => (to.peer === this.id ? this.#switch.serverCarrier(to.server) : this.#peers.carrierTo(to.peer)),
      locationOf: (endpoint) => (endpoint.peer === this.id ? this.location : this.#peers.locationOf(endpoint.peer)),
    });
    this.procedures = this.router;
    this.#peers = new PeerTable({
      platform,
      logger,
      self: this.id,
      table,
      codec,
      host: () => this.#network(),
      connector: () => this.#connector,
      onFrame: (frame, from, roles) => this.#switch.fromPeer(frame, from, roles),
      onEvent: (event) => {
        this.events.emit(event);
        if (event.type === "connected") this.#keeper.connected(event.peer);
      },
      onLost: (lost, error) => {
        this.router.lost((endpoint) => endpoint.peer === lost, error);
        this.#switch.lostPeer(lost, error);
      },
    });
    this.#connector = new Connector({
      platform,
      standing,
      introduce: () => ({ name: this.name, addresses: this.location.addresses, instance: this.#instance }),
      onJoined: (joined) => this.#peers.establish(joined),
      onRefused: (address, error) => {
        logger.info("peer.refused", { address, code: error.code, reason: error.message });
        this.events.emit({ type: "refused", address, error });
      },
      isKnown: (peer) => this.#peers.isKnown(peer),
      prefersOwnDial: (connection) => this.#peers.prefersOwnDial(connection.remote),
    });
    this.#switch = new FrameSwitch({
      ownRoles: () => standing.rolesMask,
      self: this.id,
      table,
      codec,
      logger,
      receive: (frame) => this.router.receive(frame),
      carrierTo: (to) => this.#peers.carrierTo(to),
      lost: (from, error) => this.router.drop(from, error),
      overloadedBy: (from, error) => this.#peers.abort(from, error),
    });
    this.#attached = runtime.attach(this.router);
    this.#names = runtime.engine.part(nameTable);
    this.#locator = peerLocator({
      router: this.router,
      peers: () => this.#peers.members().map(({ peer }) => peer),
      learn: (at) => {
        if (typeof at === "string") return at;
        this.#peers.learn(at);
        return at.peer;
      },
    });
    this.#names.locator = this.#locator;
    handleLocate(this.router, this.#locator);
    this.#keeper = new MembershipKeeper({
      platform,
      standing,
      logger,
      procedures: this.router,
      addresses: () => this.location.addresses,
      members: () => this.#peers.members(),
      expel: (peer, error) => this.#peers.expel(peer, error),
    });
  }

  /** Listens, then joins the cluster when it is another's. */
  async start(): Promise<void> {
    const { listen = [], announce = [], network } = this.#options;
    const options: NetworkHostOptions = {
      keys: this.#standing.keys,
      listen: listen.map(toMultiaddr),
      announce: announce.map(toMultiaddr),
      handlers: this.#connector,
    };
    this.#host = await (network ?? libp2pNetwork(this.platform))(options);
    const { addresses: seeds = this.#standing.seeds, peers = [] } = this.#options;
    if (this.#standing.certificate === undefined) await this.#join(seeds);
    // Whoever can be reached is connected when the peer has started; the others are tried for ever.
    await this.#keep(this.#standing.owns ? peers : [...seeds, ...peers]);
  }

  get roles(): readonly Role[] {
    return this.#standing.roles;
  }

  get ownsCluster(): boolean {
    return this.#standing.owns;
  }

  get location(): Location {
    return { peer: this.id, addresses: this.#host?.addresses() ?? [] };
  }

  peers(): readonly PeerInfo[] {
    return this.#peers.members().map(peerInfo);
  }

  rolesOf(peer: PeerId): readonly Role[] {
    return peer === this.id ? this.roles : this.#peers.rolesOf(peer);
  }

  learn(location: Location): void {
    this.#peers.learn(location);
  }

  connect(target: Address | Location, options?: WaitOptions): Operation<PeerInfo> {
    const connected = new Deferred<PeerInfo>("a connection").ignore();
    void connected.limit(this.runtime.engine, options, () => {});
    const addresses = typeof target === "string" ? [target] : target.addresses;
    const { logger } = this.runtime;
    this.#peers.keep(addresses, typeof target === "string" ? undefined : target.peer).then(
      ({ peer }) => connected.resolve(infoOf(peer, this.peers())),
      (error: unknown) => {
        logger.warn("peer.unreachable", { addresses, error });
        connected.reject(error);
      },
    );
    return connected;
  }

  disconnect(target: PeerId | Location): void {
    this.#peers.disconnect(typeof target === "string" ? target : target.peer);
  }

  release(peer: PeerId): void {
    this.#peers.release(peer);
  }

  invite(request: InviteRequest, options?: WaitOptions): Operation<string> {
    return this.#keeper.invite(request, options);
  }

  revoke(target: PeerId | string, options?: WaitOptions): Operation<void> {
    return this.#keeper.revoke(target, options);
  }

  register(name: string, thing: Named, options?: RegisterOptions): void {
    this.#names.register(name, thing, options);
  }

  unregister(name: string, options: { readonly kind?: NameKind } = {}): void {
    this.#names.unregister(name, options.kind);
  }

  locate<T extends Named>(name: string, options: LocateOptions = {}): Operation<T> {
    // The caller says which reference it expects; only the kind is checked.
    return this.#locator.locate(name, options) as Operation<T>;
  }

  attachServer(server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable {
    return this.#switch.attach(server, link, allowControl);
  }

  serverLost(server: number, error: Error): void {
    this.router.lost((endpoint) => endpoint.peer === this.id && endpoint.server === server, error);
    this.#switch.lostServer(server, error);
  }

  close(_options?: CloseOptions): Operation<void> {
    if (this.#closed === undefined) {
      const closed = new Deferred<void>("the peer to close").ignore();
      this.#closed = closed;
      this.router.close(new SkeinError("PEER_LOST", "this peer was closed", { hint: "start another one" }));
      this.#attached[Symbol.dispose]();
      this.#names.locator = undefined;
      this.#keeper.close();
      this.#peers.close();
      this.events.close();
      this.#stop().then(
        () => closed.resolve(),
        (error: unknown) => closed.reject(error),
      );
    }
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #stop(): Promise<void> {
    // Goodbyes leave before the host ends all connections.
    try {
      if (this.#host === undefined) return;
      await new Promise<void>((resolve) => {
        this.platform.nextTurn(() => this.platform.nextTurn(resolve));
      });
      await this.#host.close();
    } finally {
      this.#options.store?.close?.();
    }
  }

  /** Redeems the invite: the first contact with the cluster must succeed. */
  async #join(seeds: readonly Address[]): Promise<void> {
    if (seeds.length === 0) {
      throw new SkeinError("NO_CLUSTER", "the invite names no address", { hint: "the inviter must listen somewhere" });
    }
    await this.#peers.keep(seeds.map(toMultiaddr));
    await this.#standing.rememberSeeds(seeds);
  }

  async #keep(addresses: readonly Address[]): Promise<void> {
    const attempts = groupByPeer(addresses.map(toMultiaddr)).map(([peer, group]) =>
      this.#peers.keep(group, peer, { retry: true }),
    );
    await Promise.allSettled(attempts);
  }

  #network(): NetworkHost {
    if (this.#host !== undefined && this.#closed === undefined) return this.#host;
    throw new SkeinError("RUNTIME_CLOSED", "the peer is closed", { hint: "start another one" });
  }
}
