/** Says what a place shows of a topic now. Loaded when somebody looks for the first time. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { MAILBOX_SHOWN, OBSERVED_ENTRIES } from "../defaults.ts";
import { type Supervision, supervisions } from "../fault/supervisors.ts";
import { type JobId, type TaskId } from "../ids.ts";
import { type LogLevel } from "../logger.ts";
import { LocalService } from "../message/local-service.ts";
import { nameTable } from "../message/names.ts";
import { serviceTable } from "../message/service-table.ts";
import { type LinkInfo } from "../peer/traffic.ts";
import { type Engine } from "../task/engine.ts";
import { lookAround, type TaskInfo } from "../task/inspect.ts";
import { logBook } from "../task/log-book.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { argsText } from "./args-text.ts";
import { cutText, Room } from "./observe-room.ts";
import { channelsShown } from "./observe-channels.ts";
import {
  type BundleInfo,
  type JobFileInfo,
  type PlaceRole,
  type ServiceInfo,
  type Shown,
  type SupervisedInfo,
  type SupervisorInfo,
  type TaskWord,
  type Topic,
} from "./observed.ts";

/** What a place knows of itself beside what its runtime does. */
export interface PlaceSource {
  readonly engine: Engine;
  readonly self: Endpoint;
  /** Of a peer. */
  readonly peer?: () => { readonly name: string; readonly role: PlaceRole; readonly links: readonly LinkInfo[] };
  readonly bundles: () => readonly BundleInfo[];
  /** Of a client. */
  readonly files?: () => readonly JobFileInfo[];
  /** Of a task of a job. */
  readonly runOf?: (task: TaskId) => { readonly attempt: number; readonly job: JobId } | undefined;
}

const TASK = "task:";
const LOGS = "logs:";

/** `undefined`: nothing. */
export function observe(topic: Topic, source: PlaceSource): Shown | undefined {
  switch (topic) {
    case "links":
      return linksShown(source);
    case "channels":
      return channelsShown(source.engine, source.self);
    case "supervision":
      return supervisionShown(source.engine, source.self);
    case "code":
      return codeShown(source);
    default:
      // The two other kinds of topics are told by how they begin.
      if (topic.startsWith(TASK)) return taskShown(source, topic.slice(TASK.length) as TaskId);
      return topic.startsWith(LOGS) ? logsShown(source.engine, topic.slice(LOGS.length) as LogLevel) : undefined;
  }
}

function linksShown({ peer }: PlaceSource): Shown | undefined {
  if (peer === undefined) return undefined;
  const { name, role, links } = peer();
  const room = new Room(OBSERVED_ENTRIES);
  const shown = links.filter(() => room.take()).map((link) => ({ ...link, name: cutText(link.name) }));
  return { topic: "links", name: cutText(name), role, links: shown, ...room.more() };
}

function supervisionShown(engine: Engine, self: Endpoint): Shown | undefined {
  const room = new Room(OBSERVED_ENTRIES);
  const list = engine.part(supervisions);
  const byTask = new Set(Array.from(list, ({ ref }) => ref.id));
  const supervisors: SupervisorInfo[] = [];
  for (const one of list) if (room.take()) supervisors.push(supervisorInfo(engine, one, byTask, self, room));
  if (supervisors.length === 0) return undefined;
  return { topic: "supervision", supervisors, ...room.more() };
}

function supervisorInfo(
  engine: Engine,
  { ref, spec, children, times, stopping }: Supervision,
  supervisors: ReadonlySet<TaskId>,
  self: Endpoint,
  room: Room,
): SupervisorInfo {
  const parent = lookAround(engine, ref.id, 1)?.parents[0]?.id;
  const nowMs = engine.platform.now();
  const own = room.part();
  const shown = children
    .filter(() => own.take())
    .map((child): SupervisedInfo => {
      const to = child.ref instanceof RemoteRef ? child.ref.endpoint : self;
      const state = child.over ? "ended" : child.ref === undefined ? "waiting" : "running";
      return {
        name: cutText(child.spec.name),
        ...(child.ref === undefined ? {} : { task: child.ref.id, ...(to === self ? {} : { to }) }),
        state,
        restarts: Math.max(0, child.starts - 1),
        restart: child.spec.restart ?? "always",
        ...("strategy" in child.spec ? { supervisor: true } : {}),
      };
    });
  const { restarts, withinMs } = spec.intensity;
  return {
    task: ref.id,
    name: cutText(ref.name),
    ...(parent !== undefined && supervisors.has(parent) ? { parent } : {}),
    strategy: spec.strategy,
    intensity: { restarts, withinMs },
    restartsWithin: times.filter((time) => nowMs - time < withinMs).length,
    state: stopping ? "stopping" : "running",
    children: shown,
    ...own.more(),
  };
}

function codeShown({ engine, bundles, files: filesOf }: PlaceSource): Shown | undefined {
  const room = new Room(OBSERVED_ENTRIES);
  const shown = bundles()
    .filter(() => room.take())
    .map((bundle): BundleInfo => {
      if (bundle.exports === undefined) return bundle;
      return { ...bundle, exports: bundle.exports.filter(() => room.take()).map(cutText) };
    });
  const services = new Set(engine.part(serviceTable).all());
  for (const named of engine.part(nameTable).registered("service"))
    if (named instanceof LocalService) services.add(named);
  const infos = Array.from(services)
    .filter(() => room.take())
    .map(({ id, name, who, calledTimes: calls, underWay: running }): ServiceInfo => {
      return { id, name: cutText(name), calls, running, ...(who === undefined ? {} : { who }) };
    });
  const files = (filesOf?.() ?? [])
    .filter(() => room.take())
    .map((file): JobFileInfo => ({ ...file, path: cutText(file.path) }));
  if (shown.length === 0 && infos.length === 0 && files.length === 0) return undefined;
  const listed = files.length === 0 ? {} : { files };
  return { topic: "code", bundles: shown, services: infos, ...listed, ...room.more() };
}

function logsShown(engine: Engine, level: LogLevel): Shown | undefined {
  const { lines, more } = engine.part(logBook).lines(level);
  if (lines.length === 0) return undefined;
  return { topic: `logs:${level}`, lines, ...(more === 0 ? {} : { more }) };
}

function taskShown({ engine, runOf }: PlaceSource, id: TaskId): Shown | undefined {
  const around = lookAround(engine, id, MAILBOX_SHOWN);
  if (around === undefined) return undefined;
  const { task, messages, parents, children, more } = around;
  const { waitsFor, background, sinceMs, cpuMs } = task;
  const { platform } = engine;
  const detail = {
    ...taskWord(task),
    ...(waitsFor === undefined ? {} : { waitsFor: cutText(waitsFor) }),
    ...(background ? ({ background } as const) : {}),
    ...(messages.length === 0 ? {} : { mailboxTexts: messages.map((message) => cutText(argsText([message]))) }),
    parents: parents.map(taskWord),
    children: children.map(taskWord),
    ...(more === 0 ? {} : { moreChildren: more }),
    ...runOf?.(id),
    ...(sinceMs === undefined ? {} : { sinceMs: Math.round(platform.wallMs() - (platform.now() - sinceMs)) }),
    ...(cpuMs === undefined ? {} : { cpuMs }),
  };
  return { topic: `task:${id}`, task: detail };
}

const taskWord = ({ id, name, state, mailbox }: TaskInfo): TaskWord => ({ id, name: cutText(name), state, mailbox });
