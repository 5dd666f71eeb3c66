/** A peer that runs: identity, membership, sessions, routing and what stands on them, put together. */
import type { Address, Endpoint, Location, Role } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { Operation } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { GOODBYE_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { ClusterId, PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { bookedLogger } from "../task/log-book.ts";
import { runtime as defaultRuntime, type Runtime } from "../task/runtime.ts";
import { heartbeatTimes } from "../link/heartbeat.ts";
import { inboundOf } from "../message/inbound.ts";
import type { LocateOptions, NameKind, NameTable, RegisterOptions } from "../message/names.ts";
import { nameTable } from "../message/names.ts";
import type { Named } from "../message/registry.ts";
import { beyondLoopback, toMultiaddr } from "./address.ts";
import type { Bulk } from "./bulk.ts";
import { codecOf } from "./codec-of.ts";
import { Connector } from "./connector.ts";
import { Discovery } from "./discovery.ts";
import { Outgoing, twoTurns } from "./draining.ts";
import { EventFeed } from "./event-feed.ts";
import type { PeerEvent } from "./events.ts";
import {
  type FilePlaceOptions,
  type FileRemoved,
  Files,
  type FileSent,
  ownersOf,
  type SendFileOptions,
} from "./files.ts";
import type { NamedBytes } from "./files-source.ts";
import { contact } from "./first-contacts.ts";
import { FrameSwitch } from "./frame-switch.ts";
import { introduction, type SelfWords } from "./introduction.ts";
import { EndpointTable } from "./identity.ts";
import { MembershipKeeper } from "./membership-keeper.ts";
import type { Naps } from "./naps.ts";
import type { NetworkHost } from "./network.ts";
import { openNetwork } from "./open-network.ts";
import type { PeerHost, PeerInfo, PeerOptions } from "./peer-host.ts";
import { peerInfo } from "./peer-info.ts";
import { handlePeerActs } from "./place-acts.ts";
import { PeerTable } from "./peer-table.ts";
import { Staying } from "./staying.ts";
import { withCarriers } from "./relayed-dials.ts";
import { ProcessRouter } from "./router.ts";
import type { Standing, InviteRequest } from "./standing.ts";

export class RunningPeer implements PeerHost {
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
  /** What it says of itself when it joins, besides its addresses. */
  readonly #says: SelfWords;
  readonly #attached: Disposable;
  readonly #names: NameTable;
  readonly #discovery: Discovery;
  readonly #keeper: MembershipKeeper;
  readonly #files: Files;
  readonly #staying: Staying;
  #host: NetworkHost | undefined;
  #closed: Deferred<void> | undefined;
  #ended = false;
  readonly #outgoing: Outgoing;

  constructor(platform: Platform, standing: Standing, options: PeerOptions) {
    const runtime = options.runtime ?? defaultRuntime;
    const logger = bookedLogger(runtime.engine, options.logger ?? runtime.logger);
    const shared = { platform, logger, codec: codecOf(runtime), table: new EndpointTable() };
    this.#options = options;
    this.#standing = standing;
    this.platform = platform;
    this.runtime = runtime;
    this.id = standing.peer;
    this.cluster = standing.cluster;
    this.name = options.name ?? this.id.slice(-8);
    this.#says = introduction(platform, this.name, options.labels);
    this.events = new EventFeed(runtime.engine, "peer events", () => this.#discovery.present());
    this.router = new ProcessRouter({
      ...shared,
      inbound: inboundOf(runtime),
      self: { peer: this.id, server: 0 },
      ownRoles: () => standing.rolesMask,
      carrierTo: (to) => (to.peer === this.id ? this.#switch.serverCarrier(to.server) : this.#peers.carrierTo(to.peer)),
      locationOf: (endpoint) => (endpoint.peer === this.id ? this.location : this.#peers.locationOf(endpoint.peer)),
    });
    this.procedures = this.router;
    this.#peers = new PeerTable({
      ...shared,
      self: this.id,
      times: heartbeatTimes(options),
      host: () => this.#network(),
      connector: () => this.#connector,
      onFrame: (frame, from, roles) => this.#switch.fromPeer(frame, from, roles),
      onEvent: (event) => {
        this.events.emit(event);
        if (event.type === "connected") this.#keeper.connected(event.peer);
        this.#discovery.event(event);
      },
      finder: () => this.#discovery,
      onLost: (lost, error) => {
        this.router.lost((endpoint) => endpoint.peer === lost, error);
        this.#switch.lostPeer(lost, error);
        this.#discovery.lost(lost);
      },
    });
    this.#connector = new Connector({
      platform,
      standing,
      introduce: () => ({ ...this.#says, addresses: this.location.addresses }),
      sessions: this.#peers,
      onRefused: (connection, error) => this.#discovery.refused(connection, error),
    });
    this.#switch = new FrameSwitch({
      ...shared,
      ownRoles: () => standing.rolesMask,
      self: this.id,
      receive: (frame) => this.router.receive(frame),
      carrierTo: (to) => this.#peers.carrierTo(to),
      lost: (from, error) => this.router.drop(from, error),
      overloadedBy: (from, error) => this.#peers.abort(from, error),
    });
    this.#outgoing = new Outgoing({
      ...shared,
      router: this.router,
      peers: this.#peers,
      forwards: (peer) => this.#switch.forwards(peer),
    });
    this.#attached = runtime.attach(this.router);
    this.#names = runtime.engine.part(nameTable);
    this.#discovery = new Discovery({
      platform,
      logger,
      engine: runtime.engine,
      router: this.router,
      names: this.#names,
      record: () => ({ peer: this.id, name: this.name, roles: this.roles, addresses: this.location.addresses }),
      peers: this.#peers,
      host: () => this.#network(),
      holds: (peer) => this.router.holds((endpoint) => endpoint.peer === peer) || this.#switch.holds(peer),
      emit: (event) => this.events.emit(event),
    });
    this.#staying = new Staying({
      engine: runtime.engine,
      logger,
      peers: this.#peers,
      kept: (peer) => this.#discovery.kept(peer),
      isClosed: () => this.#closed !== undefined,
    });
    this.#names.locator = this.#discovery.locator;
    this.#keeper = new MembershipKeeper({
      platform,
      standing,
      logger,
      procedures: this.router,
      addresses: () => this.location.addresses,
      members: () => this.#peers.members(),
      expel: (peer, error) => this.#peers.expel(peer, error),
    });
    handlePeerActs(this.router, runtime.engine, this.#peers);
    this.#files = new Files({
      platform,
      logger,
      engine: runtime.engine,
      self: this.id,
      procedures: this.router,
      bulk: () => this.router.bulk,
      learn: (location) => this.#peers.learn(location),
      settings: options,
      ownersOf: (peer) => ownersOf(peer, this.#peers.member(peer)),
    });
  }

  /** Listens, then joins the cluster when it is another's. */
  async start(): Promise<void> {
    const { listen = [], discover = beyondLoopback(listen.map(toMultiaddr)) } = this.#options;
    const host = await openNetwork(this.platform, this.#options, {
      standing: this.#standing,
      handlers: this.#connector,
      isMember: (peer) => this.#peers.sessionOf(peer) !== undefined,
      found: discover ? (location) => this.#discovery.found(location) : undefined,
    });
    this.#host = withCarriers(host, this.platform, (address) => this.#peers.connect([address]));
    if (discover) this.#discovery.lookAround();
    this.#discovery.directory.refresh();
    const { addresses: seeds = this.#standing.seeds, peers = [] } = this.#options;
    await contact(this.#standing, seeds, peers, (...where) => this.#staying.stay(...where));
  }

  get bulk(): Bulk {
    return this.router.bulk;
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

  readonly links: PeerTable["links"] = () => this.#peers.links();

  readonly networkOf = (peer: PeerId): string | undefined => this.#peers.networkOf(peer);

  readonly rolesOf = (peer: PeerId): readonly Role[] => (peer === this.id ? this.roles : this.#peers.rolesOf(peer));

  onSuspected(listener: (peer: PeerId, suspected: boolean) => void): Disposable {
    return this.#peers.onSuspected(listener);
  }

  get naps(): Naps {
    return this.#peers.naps;
  }

  readonly learn = (location: Location): void => this.#peers.learn(location);

  connect(target: Address | Location, options?: WaitOptions): Operation<PeerInfo> {
    return this.#staying.connect(target, options);
  }

  disconnect(target: PeerId | Location): void {
    void this.#outgoing.leave(typeof target === "string" ? target : target.peer);
  }

  readonly release = (peer: PeerId): void => this.#peers.release(peer);

  invite(request: InviteRequest, options?: WaitOptions): Operation<string> {
    return this.#keeper.invite(request, options);
  }

  readonly onInvites = (listener: () => void): Disposable => this.#standing.invites.onChange(listener);

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
    return this.#discovery.locator.locate(name, options) as Operation<T>;
  }

  locatePeer(name: string, options?: WaitOptions): Operation<Location> {
    return this.#discovery.locator.locatePeer(name, options);
  }

  sendFile(to: Location | PeerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent> {
    return this.#files.send(to, file, options);
  }

  removeFile(at: Location | PeerId, name: string, options?: FilePlaceOptions): Operation<FileRemoved> {
    return this.#files.remove(at, name, options);
  }

  attachServer(server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable {
    return this.#switch.attach(server, link, allowControl);
  }

  serverLost(server: number, error: Error): void {
    this.router.lost((endpoint) => endpoint.peer === this.id && endpoint.server === server, error);
    this.#switch.lostServer(server, error);
    this.#discovery.directory.serverLost(server);
  }

  close(options: CloseOptions = {}): Operation<void> {
    if (options.cancel === true) this.#outgoing.stop();
    if (this.#closed === undefined) {
      const closed = new Deferred<void>("the peer to close").ignore();
      this.#closed = closed;
      this.#close(options).then(
        () => closed.resolve(),
        (error: unknown) => closed.reject(error),
      );
    }
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  async #close({ cancel, timeoutMs }: CloseOptions): Promise<void> {
    if (cancel !== true) await this.#outgoing.finish(timeoutMs);
    this.#ended = true;
    this.router.close(new SkeinError("PEER_LOST", "this peer was closed", { hint: "start another one" }));
    this.#attached[Symbol.dispose]();
    this.#names.locator = undefined;
    this.#keeper.close();
    this.#discovery.close();
    this.#files.close();
    await this.#peers.close(Math.min(timeoutMs ?? GOODBYE_MS, GOODBYE_MS));
    this.events.close();
    // What is left of goodbyes leaves before the host ends all connections.
    try {
      if (this.#host === undefined) return;
      await twoTurns(this.platform);
      await this.#host.close();
    } finally {
      this.#options.store?.close?.();
    }
  }

  #network(): NetworkHost {
    if (this.#host !== undefined && !this.#ended) return this.#host;
    throw new SkeinError("RUNTIME_CLOSED", "the peer is closed", { hint: "start another one" });
  }
}
