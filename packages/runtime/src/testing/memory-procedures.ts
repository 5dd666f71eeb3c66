/** Processes of several peers in one: calls, notes and task messages between them, in order, with loss on request. */
import { type ClusterPeer } from "../cluster/cluster-peer.ts";
import { type Endpoint, endpointKey, type Location, type Role, sameEndpoint } from "../contracts/endpoint.ts";
import { type Link } from "../contracts/link.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Caller, type ProcedureOptions, type Procedures } from "../contracts/procedures.ts";
import { type Router, type RuntimeMessage, type RuntimeRequest } from "../contracts/router.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type PeerId } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { type Runtime } from "../task/runtime.ts";
import { copyValue } from "./copy-value.ts";

interface Handler {
  readonly parse: (args: unknown) => unknown;
  readonly roles: readonly Role[] | undefined;
  readonly run: (args: unknown, caller: Caller) => unknown;
}

type LostListener = Parameters<Procedures["onLost"]>[0];

/** Everything of one simulated network. */
export class MemoryNetwork {
  readonly platform: Platform;
  readonly #processes = new Map<string, MemoryProcess>();
  readonly #roles = new Map<PeerId, readonly Role[]>();
  readonly #cut = new Set<string>();
  #queue: (() => void)[] = [];

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** A peer with its own process. */
  peer(name: string, roles: readonly Role[], runtime: Runtime): MemoryPeer {
    // Any word serves as an id here.
    const id = name as PeerId;
    this.#roles.set(id, roles);
    const process = new MemoryProcess(this, { peer: id, server: 0 }, runtime);
    this.#processes.set(endpointKey(process.self), process);
    return new MemoryPeer(this, id, runtime, process);
  }

  rolesOf(peer: PeerId): readonly Role[] {
    return this.#roles.get(peer) ?? [];
  }

  attach(process: MemoryProcess): void {
    this.#processes.set(endpointKey(process.self), process);
  }

  process(endpoint: Endpoint): MemoryProcess | undefined {
    return this.#processes.get(endpointKey(endpoint));
  }

  detach(process: MemoryProcess): void {
    if (this.process(process.self) === process) this.#processes.delete(endpointKey(process.self));
  }

  /** The peer's machine is gone, with all its processes; everybody else is told. */
  crash(peer: PeerId): void {
    for (const process of this.#processes.values()) {
      if (process.self.peer !== peer) continue;
      process.dead = true;
      this.detach(process);
    }
    this.tellLost(({ peer: other }) => other === peer, peerLost(peer));
  }

  /** Two peers hear nothing of each other, until {@link MemoryNetwork.heal}. */
  partition(a: PeerId, b: PeerId): void {
    this.#cut.add(`${a} ${b}`);
    this.#cut.add(`${b} ${a}`);
    for (const process of this.#processes.values()) {
      const other = process.self.peer === a ? b : process.self.peer === b ? a : undefined;
      if (other !== undefined) this.post(() => process.lost(({ peer }) => peer === other, peerLost(other)));
    }
  }

  heal(): void {
    this.#cut.clear();
  }

  reaches(from: Endpoint, to: Endpoint): boolean {
    return !this.#cut.has(`${from.peer} ${to.peer}`) && this.process({ peer: to.peer, server: 0 }) !== undefined;
  }

  tellLost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const process of this.#processes.values()) this.post(() => process.lost(matches, error));
  }

  /** Everything goes through one queue: order holds between any two. */
  post(act: () => void): void {
    if (this.#queue.push(act) === 1) this.platform.nextTurn(this.#drain);
  }

  readonly #drain = (): void => {
    const queue = this.#queue;
    this.#queue = [];
    for (const act of queue) act();
  };
}

/** One process: answers procedures, and its runtime's references go through it. */
export class MemoryProcess implements Procedures, Router {
  readonly self: Endpoint;
  readonly runtime: Runtime;
  dead = false;
  /** Who besides its own host may call procedures; set for servers. */
  allowControl: ((from: Endpoint) => boolean) | undefined;
  readonly #network: MemoryNetwork;
  readonly #handlers = new Map<string, Handler>();
  readonly #lostListeners = new Set<LostListener>();
  readonly #pending = new Set<{ readonly to: Endpoint; readonly answer: Deferred<unknown> }>();

  constructor(network: MemoryNetwork, self: Endpoint, runtime: Runtime) {
    this.#network = network;
    this.self = self;
    this.runtime = runtime;
    runtime.attach(this);
  }

  handle<A>(name: string, options: ProcedureOptions<A>, handler: (args: A, caller: Caller) => unknown): Disposable {
    if (this.#handlers.has(name))
      throw new SkeinError("NAME_TAKEN", `${name} is handled`, { hint: "dispose of the first" });
    // `parse` makes what `run` is given.
    this.#handlers.set(name, {
      parse: options.parse,
      roles: options.roles,
      run: (args, caller) => handler(args as A, caller),
    });
    return { [Symbol.dispose]: () => void this.#handlers.delete(name) };
  }

  call(to: Endpoint, name: string, args: unknown, options: WaitOptions = {}): Operation<unknown> {
    return this.#ask(to, options, copyValue(args), (target, copy) => target.answer(name, copy, this.self));
  }

  notify(to: Endpoint, name: string, args: unknown): void {
    const copy = copyValue(args);
    this.#carry(to, (target) => {
      try {
        void Promise.resolve(target.answer(name, copy, this.self)).catch(() => undefined);
      } catch {
        // A note that is refused is nobody's error.
      }
    });
  }

  onLost(listener: LostListener): Disposable {
    this.#lostListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#lostListeners.delete(listener) };
  }

  locationOf({ peer }: Endpoint): Location {
    return { peer, addresses: [] };
  }

  post(to: Endpoint, message: RuntimeMessage): void {
    const copy = copyValue(message);
    this.#carry(to, (target) => target.take(copy));
  }

  request(to: Endpoint, request: RuntimeRequest, options: WaitOptions = {}): Operation<unknown> {
    return this.#ask(to, options, copyValue(request), (target, copy) => target.requested(copy));
  }

  /** Runs a procedure for `from`. */
  answer(name: string, args: unknown, from: Endpoint): unknown {
    const handler = this.#handlers.get(name);
    if (handler === undefined)
      throw new SkeinError("NAME_UNKNOWN", `nothing answers ${name}`, { hint: "is it started?" });
    const roles = this.#network.rolesOf(from.peer);
    const own = from.peer === this.self.peer && from.server === 0;
    const may = own || this.allowControl === undefined || this.allowControl(from);
    if (!may || (handler.roles !== undefined && !handler.roles.some((role) => roles.includes(role)))) {
      throw new SkeinError("ROLE_FORBIDS", `${name} is not for ${endpointKey(from)}`, { hint: "get another role" });
    }
    return handler.run(handler.parse(args), { endpoint: from, roles });
  }

  take(message: RuntimeMessage): void {
    if (message.type === "task.send") this.runtime.engine.target(message.task)?.send(message.value);
    else if (message.type === "task.wake") this.runtime.engine.target(message.task)?.wake(message.value);
    else if (message.type === "task.interrupt") this.runtime.engine.target(message.task)?.interrupt(message.error);
  }

  requested(request: RuntimeRequest): unknown {
    const target = "task" in request ? this.runtime.engine.target(request.task) : undefined;
    if (target === undefined) throw new SkeinError("TASK_UNKNOWN", "no such task here", { hint: "it has ended" });
    if (request.type === "task.deliver") return target.deliver(request.value);
    if (request.type === "task.exit") return target.exit();
    if (request.type === "task.cancel") return target.cancel(request.reason);
    throw new SkeinError("WIRE_INVALID", `the memory network knows no ${request.type}`, { hint: "use a real router" });
  }

  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const pending of this.#pending) {
      if (!matches(pending.to)) continue;
      this.#pending.delete(pending);
      pending.answer.reject(error);
    }
    for (const listener of this.#lostListeners) listener(matches, error);
  }

  #ask<T>(
    to: Endpoint,
    options: WaitOptions,
    copy: T,
    ask: (target: MemoryProcess, copy: T) => unknown,
  ): Operation<unknown> {
    const answer = new Deferred<unknown>("an answer").ignore();
    const pending = { to, answer };
    this.#pending.add(pending);
    const end = (act: () => void): void =>
      this.#network.post(() => {
        if (this.#pending.delete(pending) && !this.dead) act();
      });
    this.#carry(to, (target) => {
      void (async () => ask(target, copy))().then(
        (value) => end(() => answer.resolve(copyValue(value))),
        (error: unknown) => end(() => answer.reject(errorFrom(error))),
      );
    });
    return answer.limit(this.runtime.engine, options, () => void this.#pending.delete(pending));
  }

  #carry(to: Endpoint, arrive: (target: MemoryProcess) => void): void {
    const self = sameEndpoint(to, this.self);
    this.#network.post(() => {
      if (this.dead) return;
      const target = self ? this : this.#network.process(to);
      if (!self && (target === undefined || !this.#network.reaches(this.self, to))) {
        const whole = !this.#network.reaches(this.self, to);
        this.lost((endpoint) => (whole ? endpoint.peer === to.peer : sameEndpoint(endpoint, to)), peerLost(to.peer));
      } else if (target !== undefined && !target.dead) arrive(target);
    });
  }
}

/** What a server process of a {@link MemoryPeer} is reached by: the process itself. */
export class MemoryServerLink implements Link {
  readonly transport = "memory";
  readonly process: MemoryProcess;
  readonly closed: Promise<Error | undefined>;
  readonly #close: (error: Error | undefined) => void;

  constructor(process: MemoryProcess) {
    this.process = process;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#close = resolve;
  }

  send(): boolean {
    return true;
  }
  async drained(): Promise<void> {}
  receive(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {
    this.#close(undefined);
  }
  abort(error: Error): void {
    this.#close(error);
  }
}

export class MemoryPeer implements ClusterPeer {
  readonly id: PeerId;
  readonly location: Location;
  readonly runtime: Runtime;
  readonly procedures: MemoryProcess;
  readonly #network: MemoryNetwork;

  constructor(network: MemoryNetwork, id: PeerId, runtime: Runtime, process: MemoryProcess) {
    this.#network = network;
    this.id = id;
    this.location = { peer: id, addresses: [] };
    this.runtime = runtime;
    this.procedures = process;
  }

  connect({ peer }: Location): Operation<unknown> {
    const connected = new Deferred<unknown>("a connection").ignore();
    if (this.#network.reaches(this.procedures.self, { peer, server: 0 })) connected.resolve(undefined);
    else connected.reject(new SkeinError("PEER_UNREACHABLE", `${peer} can't be reached`, { hint: "is it up?" }));
    return connected;
  }

  attachServer(_server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable {
    if (!(link instanceof MemoryServerLink)) throw new TypeError("a memory peer takes memory servers only");
    const { process } = link;
    process.allowControl = allowControl;
    this.#network.attach(process);
    return { [Symbol.dispose]: () => this.#network.detach(process) };
  }

  serverLost(server: number, error: Error): void {
    this.#network.tellLost((endpoint) => endpoint.peer === this.id && endpoint.server === server, error);
  }
}

const peerLost = (peer: PeerId): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} is gone`, { hint: "it may come back" });
