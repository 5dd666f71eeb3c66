/** What comes to a runtime from other processes: messages, requests, and the news that one is lost. */
import { type Endpoint, type Role, endpointKey, sameEndpoint } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Inbound, ReaderPolicy, RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import { SkeinError } from "../errors.ts";
import type { ChannelId, TaskId } from "../ids.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { remoteRooms } from "../task/remote-rooms.ts";
import { remoteWatches } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import type { Runtime } from "../task/runtime.ts";
import type { LocalTarget } from "../task/target.ts";
import { canUpgrade, refusedUpgrade, unknownError } from "../task/task-ref.ts";
import { channelTable } from "./channel-table.ts";
import { leadsTo } from "./channel-cycles.ts";
import { FullMailboxes } from "./full-mailboxes.ts";
import { LocalChannel } from "./local-channel.ts";
import { LocalService } from "./local-service.ts";
import { nameTable } from "./names.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { mayUse } from "./service-access.ts";
import { serviceTable } from "./service-table.ts";

/** Gives `runtime` what the network brings; one per runtime. */
export function inboundOf(runtime: Runtime): Inbound {
  return runtime.engine.part(inbound);
}

const inbound = (engine: Engine): RuntimeInbound => new RuntimeInbound(engine);

/** Tasks here that one other process may monitor at once; more are refused with `LINK_OVERLOADED`. */
export const MONITORS_LIMIT = 100_000;

/** Monitors of tasks here by one other process, by the numbers it gave. */
interface Watcher {
  readonly endpoint: Endpoint;
  readonly monitors: Map<number, Disposable>;
}

class RuntimeInbound implements Inbound {
  readonly #engine: Engine;
  readonly #watchers = new Map<string, Watcher>();
  readonly #full: FullMailboxes;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#full = new FullMailboxes(engine);
  }

  message(message: RuntimeMessage, from: Endpoint): void {
    const engine = this.#engine;
    switch (message.type) {
      case "task.send":
        this.#send(message.task, message.value, from);
        return;
      case "task.wake":
        this.#controlled(message.task, from)?.wake(message.value);
        return;
      case "task.interrupt":
        this.#controlled(message.task, from)?.interrupt(message.error);
        return;
      case "task.exited":
        engine.part(remoteWatches).exited(message.monitor, message.exit, from);
        return;
      case "task.room":
        engine.part(remoteRooms).told(message.task, message.room, from);
        return;
      case "task.unmonitor":
        this.#unwatch(message.monitor, from);
        return;
      case "channel.publish":
        this.#publish(message.channel, message.value, from);
        return;
      case "channel.unsubscribe":
        this.#channel(message.channel)?.unsubscribe(message.target);
        return;
      case "channel.closed":
        engine.part(channelTable).closed(message.channel, from);
        return;
      case "channel.gone":
        engine.part(channelTable).gone(message.channel, from);
        return;
      case "channel.room":
        this.#channel(message.channel)?.hasRoom(message.reader, message.room, from);
        return;
      default:
        message satisfies never;
    }
  }

  request(request: RuntimeRequest, from: Endpoint, asking?: { readonly signal: AbortSignal }): unknown {
    const engine = this.#engine;
    switch (request.type) {
      case "task.deliver":
        return this.#task(request.task).deliver(request.value);
      case "task.cancel":
        this.#refuseStrangers(this.#task(request.task), from);
        return this.#task(request.task).cancel(request.reason, graceOf(request.graceMs));
      case "task.upgrade":
        return this.#upgrade(request.task, request.service, request.args, from);
      case "task.exit":
        return this.#task(request.task).exit();
      case "task.monitor":
        return this.#watch(request.task, request.monitor, from, request.ends === true);
      case "channel.subscribe":
        return this.#subscribe(request.channel, request.target, asking);
      case "channel.leads":
        return leadsTo(engine, this.#openChannel(request.channel), request.to, request.seen);
      case "channel.subscribers":
        return this.#openChannel(request.channel).subscribers();
      case "channel.deliver": {
        const { value, subscribers, timeoutMs } = request;
        const reader = this.#engine.part(channelTable).reader(request.channel);
        if (reader !== undefined) return reader.deliver(value);
        return this.#openChannel(request.channel).deliver(value, {
          subscribers,
          // Whoever waits for subscribers may be gone before they come.
          ...(asking === undefined || subscribers === 0 ? {} : { signal: asking.signal }),
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        });
      }
      case "service.start":
        return engine.part(serviceTable).start(request, from, this.#rolesOf(from), asking);
      case "service.emit":
        return engine.part(serviceTable).emitted(request, from);
      case "name.lookup":
        return this.#lookup(request.name, request.kind, from);
      default:
        return request satisfies never;
    }
  }

  dropped(count: number): void {
    this.#engine.droppedMessages += count;
  }

  holds(matches: (endpoint: Endpoint) => boolean): boolean {
    const engine = this.#engine;
    for (const { endpoint } of this.#watchers.values()) if (matches(endpoint)) return true;
    return (
      this.#full.holds(matches) || engine.part(remoteWatches).holds(matches) || engine.part(channelTable).holds(matches)
    );
  }

  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    const engine = this.#engine;
    for (const [key, { endpoint, monitors }] of this.#watchers) {
      if (!matches(endpoint)) continue;
      this.#watchers.delete(key);
      for (const watch of monitors.values()) watch[Symbol.dispose]();
    }
    this.#full.lost(matches);
    engine.part(remoteRooms).lost(matches);
    engine.part(remoteWatches).lost(matches, error);
    engine.part(channelTable).lost(matches, error);
    engine.part(serviceTable).lost(matches);
  }

  #send(task: TaskId, value: unknown, from: Endpoint): void {
    const engine = this.#engine;
    const target = engine.target(task);
    if (target === undefined) {
      engine.droppedMessages += 1;
      return;
    }
    try {
      target.send(value);
    } catch {
      // Full: this one is dropped and counted; the next that its sender sends is refused there.
      engine.droppedMessages += 1;
      this.#full.dropped(task, target, from);
    }
  }

  #publish(id: ChannelId, value: unknown, from: Endpoint): void {
    const table = this.#engine.part(channelTable);
    const reader = table.reader(id);
    if (reader !== undefined) {
      reader.push(value);
      return;
    }
    const channel = this.#channel(id);
    if (channel === undefined) {
      this.#sayGone(id, from);
      return;
    }
    try {
      channel.publish(value);
    } catch (error) {
      // The publisher is elsewhere and can't be told: the channel has counted what it dropped.
      this.#engine.logger.debug("channel.publish-failed", { channel: id, error });
    }
  }

  #lookup(name: string, kind: "task" | "channel" | "service" | undefined, from: Endpoint): object | undefined {
    const names = this.#engine.part(nameTable);
    const roles = this.#rolesOf(from);
    return roles === undefined ? names.lookup(name, kind) : names.lookupFor(roles, name, kind);
  }

  /** Roles of who asks; `undefined` for a process of this peer, which may use everything. */
  #rolesOf(from: Endpoint): readonly Role[] | undefined {
    const { router } = this.#engine;
    const own = router === undefined || router.rolesOf === undefined || router.self.peer === from.peer;
    return own ? undefined : (router.rolesOf?.(from) ?? []);
  }

  #watch(task: TaskId, monitor: number, from: Endpoint, ends: boolean): undefined {
    const target = this.#task(task);
    // Whoever gives a number twice means the later one.
    this.#unwatch(monitor, from);
    const key = endpointKey(from);
    const watcher = this.#watchers.get(key) ?? { endpoint: from, monitors: new Map<number, Disposable>() };
    if (watcher.monitors.size >= MONITORS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `${key} monitors ${MONITORS_LIMIT} tasks here already`, {
        hint: "wait for some of them to end first",
      });
    }
    this.#watchers.set(key, watcher);
    const watch =
      ends && target.onEnd !== undefined
        ? target.onEnd(() => this.#tell(monitor, ENDED, from))
        : target.watch({ exited: (exit) => this.#tell(monitor, ends ? ENDED : exit, from) });
    watcher.monitors.set(monitor, watch);
    return undefined;
  }

  #tell(monitor: number, exit: Exit<unknown>, to: Endpoint): void {
    this.#forgetMonitor(monitor, to);
    const { router } = this.#engine;
    try {
      router?.post(to, { type: "task.exited", monitor, exit });
    } catch (error) {
      // A result that can't cross: its watcher learns of the end all the same.
      const cause = error instanceof Error ? error : new Error(String(error));
      try {
        router?.post(to, { type: "task.exited", monitor, exit: { type: "failed", error: cause } });
      } catch {
        // The watcher's process is gone.
      }
    }
  }

  #unwatch(monitor: number, from: Endpoint): void {
    this.#forgetMonitor(monitor, from)?.[Symbol.dispose]();
  }

  #forgetMonitor(monitor: number, from: Endpoint): Disposable | undefined {
    const key = endpointKey(from);
    const monitors = this.#watchers.get(key)?.monitors;
    const watch = monitors?.get(monitor);
    monitors?.delete(monitor);
    if (monitors?.size === 0) this.#watchers.delete(key);
    return watch;
  }

  hasTask(task: TaskId): boolean {
    return this.#engine.target(task) !== undefined;
  }

  #task(task: TaskId): LocalTarget {
    const target = this.#engine.target(task);
    if (target === undefined) throw unknownError(task);
    return target;
  }

  #upgrade(task: TaskId, service: unknown, args: readonly unknown[], from: Endpoint): Operation<void> {
    const target = this.#task(task);
    this.#refuseStrangers(target, from);
    const roles = this.#rolesOf(from);
    if (!(service instanceof LocalService) || !canUpgrade(target)) throw refusedUpgrade(target.name);
    if (roles !== undefined && !mayUse(service.who, roles)) throw refusedUpgrade(target.name);
    return target.upgrade(service.skeinCode, args);
  }

  #controlled(task: TaskId, from: Endpoint): LocalTarget | undefined {
    const target = this.#engine.target(task);
    return target !== undefined && this.#mayControl(target, from) ? target : undefined;
  }

  #refuseStrangers(target: LocalTarget, from: Endpoint): void {
    if (this.#mayControl(target, from)) return;
    throw new SkeinError("ROLE_FORBIDS", `task ${target.name} is not yours to control`, {
      hint: "tasks are cancelled, woken, interrupted and upgraded by who spawned them, the owner of their job, and operators",
    });
  }

  #mayControl(target: LocalTarget, from: Endpoint): boolean {
    const { router } = this.#engine;
    if (target.owner !== undefined && sameEndpoint(target.owner, from)) return true;
    if (router !== undefined && sameEndpoint(router.self, from)) return true;
    return router?.rolesOf?.(from).includes("operator") ?? false;
  }

  #subscribe(id: ChannelId, target: unknown, asking: { readonly signal: AbortSignal } | undefined): Operation<unknown> {
    const channel = this.#openChannel(id);
    const reads = target instanceof RemoteChannel && target.reads;
    // Only where more has to be asked does it take longer.
    const looks = !reads && (target instanceof RemoteChannel || target instanceof LocalChannel);
    const subscribed = channel.subscribe(target, looks && asking !== undefined ? { signal: asking.signal } : undefined);
    if (!reads) return subscribed;
    const answer = new Deferred<ReaderPolicy>("subscribe", this.#engine).ignore();
    runIn(
      this.#engine,
      subscribed,
      () => answer.resolve(channel.policy),
      (error) => answer.reject(error),
    );
    return answer;
  }

  /** Nobody gets what is published there: whoever publishes on stops. */
  #sayGone(id: ChannelId, to: Endpoint): void {
    try {
      this.#engine.router?.post(to, { type: "channel.gone", channel: id });
    } catch {
      // Its process is gone.
    }
  }

  #channel(id: ChannelId): LocalChannel | undefined {
    const channel = this.#engine.part(channelTable).channel(id);
    return channel instanceof LocalChannel ? channel : undefined;
  }

  #openChannel(id: ChannelId): LocalChannel {
    const channel = this.#channel(id);
    if (channel !== undefined) return channel;
    throw new SkeinError(
      "CHANNEL_CLOSED",
      "there is no such channel here: it is closed, or its process was restarted",
      {
        hint: "locate it again by its name",
      },
    );
  }
}

/** For who wants to know only that it has ended. */
const ENDED: Exit<unknown> = { type: "returned", value: undefined };

const graceOf = (graceMs: number | undefined): { readonly graceMs?: number } =>
  graceMs === undefined ? {} : { graceMs };
