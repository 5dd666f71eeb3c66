/** The programs of a schedule's peers, and the record of what they do and see. */
import type { Client } from "../../cluster/client.ts";
import type { Steps } from "../../contracts/operation.ts";
import { locate } from "../../message/registry.ts";
import type { PeerHost } from "../../peer/peer-host.ts";
import type { TaskContext } from "../../task/context.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import type { PeerProgram } from "../simulator/types.ts";
import type { HistoryEvent, Life } from "./history.ts";
import { runJob } from "./job-runs.ts";
import { codeOf, type LifeParts, type Note, nowMs, type Recorded } from "./life.ts";
import { notice, offer, read } from "./offers.ts";
import { Talk } from "./talk.ts";

/** How long it may take to reach somebody when nothing is wrong. */
const REACH_MS = 30_000;

export class Workload {
  readonly history: HistoryEvent[] = [];
  readonly #names: readonly string[];
  readonly #plan: LifeParts["plan"];
  readonly #lives = new Map<string, LifeParts>();
  #calm = false;

  constructor(names: readonly string[], plan: LifeParts["plan"]) {
    this.#names = names;
    this.#plan = plan;
  }

  /** The present life of a peer; the last one, while it is crashed. */
  lifeOf(name: string): Life | undefined {
    return this.#lives.get(name)?.life;
  }

  /** Nobody begins anything new. */
  calmDown(): void {
    this.#calm = true;
  }

  record(atMs: number, event: Recorded): void {
    this.history.push({ atMs, ...event });
  }

  program(name: string): PeerProgram<never> {
    return (task, peer) => live(task, this.#begin(name, peer), this.#names);
  }

  /** For a task of that peer: finds another one, and delivers something. */
  *reach(_task: TaskContext, name: string, other: string): Steps<void> {
    const parts = this.#lives.get(name);
    if (parts === undefined) return;
    const { life } = parts;
    try {
      const ref = yield* locate<TaskRef<Note>>(`sink ${other}`, { timeoutMs: REACH_MS });
      const stream = `${life}>>${other}`;
      parts.record({ type: "delivering", life, stream, n: 1, sink: ref.id });
      yield* ref.deliver({ stream, n: 1 }, { timeoutMs: REACH_MS });
      parts.record({ type: "delivered", stream, n: 1 });
      parts.record({ type: "reached", life, peer: other });
    } catch (error) {
      parts.record({ type: "unreached", life, peer: other, code: codeOf(error) });
    }
  }

  /** For a task of that peer: a client with a job. */
  *job(task: TaskContext, name: string, client: Client, url: URL): Steps<void> {
    const parts = this.#lives.get(name);
    if (parts !== undefined) yield* runJob(task, parts, client, url);
  }

  #begin(name: string, peer: PeerHost): LifeParts {
    const before = Number(this.lifeOf(name)?.split(":")[1] ?? 0);
    const parts: LifeParts = {
      life: `${name}:${before + 1}`,
      name,
      peer,
      plan: this.#plan,
      record: (event) => this.record(nowMs(parts), event),
      calm: () => this.#calm,
    };
    this.#lives.set(name, parts);
    parts.record({ type: "started", life: parts.life, peer: peer.id });
    return parts;
  }
}

/** One life of a peer. */
function* live(task: TaskContext, parts: LifeParts, names: readonly string[]): Steps<void> {
  const talks = new Map<string, Talk>();
  task.spawn(watchPeers, [parts, talks]);
  offer(task, parts);
  const receivers = { notices: task.spawn(notice, [parts]).ref, news: task.spawn(read, [parts]).ref };
  let serial = 0;
  const newId = (): string => {
    serial += 1;
    return `${parts.life}#${serial}`;
  };
  for (const other of names) {
    if (other === parts.name) continue;
    const talk = new Talk(parts, other, receivers, newId);
    talks.set(other, talk);
    task.spawn((own) => talk.run(own));
  }
  yield* task.suspend();
}

function* watchPeers(_task: TaskContext, parts: LifeParts, talks: ReadonlyMap<string, Talk>): Steps<void> {
  const names = new Map<string, string>();
  yield* parts.peer.events.values().forEach((event) => {
    if (!("peer" in event)) return;
    if ("name" in event) names.set(event.peer, event.name);
    parts.record({ type: "peer", life: parts.life, about: event.peer, event: event.type });
    if (event.type === "lost") talks.get(names.get(event.peer) ?? "")?.forget();
  });
}
