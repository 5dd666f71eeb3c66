/** The job: groups go to the servers, their partial counts come back by a channel to one merging task. */
import { type Client, type ClusterEvent, channel, spawn, type Steps, type Stream, type TaskContext } from "skein";
import { type Counts } from "./count.ts";
import { Merger, type Partial } from "./partial.ts";
import { type Progress } from "./progress.ts";
import { type GroupDone } from "./tasks.ts";
import { type FileGroup } from "./walk.ts";

/** Counting a group may be done again: a group is taken once however often it is counted. */
const RETRIES = 3;
/** Parts on their way to the merging task that it has not read yet. */
const PARTS_LIMIT = 1000;

export interface Concordance {
  readonly counts: Counts;
  readonly done: readonly GroupDone[];
  /** Servers that were lost and replaced meanwhile. */
  readonly replaced: number;
}

/** Counts the files of `groups` on the servers of `client`'s cluster. */
export async function concordance(
  client: Client,
  groups: readonly FileGroup[],
  progress: Progress,
): Promise<Concordance> {
  await using job = await client.openJob({ name: "concordance" });
  const tasks = await job.module<typeof import("./tasks.ts")>(new URL("tasks.ts", import.meta.url));

  // However this ends, nothing goes on waiting: what still runs is cancelled.
  const partials = channel<Partial>("partials");
  await using merging = spawn(merge, [groups.length], { mailboxLimit: PARTS_LIMIT });
  await partials.subscribe(merging.ref);

  const servers = new Servers((await client.status()).servers.length);
  await using _watching = spawn(watch, [job.events.values(), servers, progress], { background: true });

  const done: GroupDone[] = [];
  const runs = groups.map(async ({ number, paths }) => {
    const group = await tasks.countGroup.run([partials, number, paths], { retries: RETRIES });
    done.push(group);
    servers.filesDone += group.files;
    servers.bytesDone += group.bytes;
    job.count("files", group.files);
    job.count("bytes", group.bytes);
    progress.update(servers.state());
  });
  await Promise.all(runs);
  const counts = await merging;
  await partials.close();
  return { counts, done, replaced: servers.replaced };
}

/** Takes parts until every group is whole. */
function* merge(task: TaskContext<Partial>, groups: number): Steps<Counts> {
  const merger = new Merger(groups);
  while (!merger.done) merger.add(yield* task.receive());
  return merger.counts;
}

/** A server between two groups counts as busy: it has one in hand again within this time. */
const BETWEEN_GROUPS_MS = 300;

/** What the servers do, as the job's events tell it. */
class Servers {
  readonly #count: number;
  /** How many tasks run on each, and when that last changed. */
  readonly #work = new Map<string, { tasks: number; changedMs: number }>();
  filesDone = 0;
  bytesDone = 0;
  replaced = 0;

  constructor(count: number) {
    this.#count = count;
  }

  add(server: string, tasks: number): void {
    const before = this.#work.get(server)?.tasks ?? 0;
    this.#work.set(server, { tasks: before + tasks, changedMs: performance.now() });
  }

  lost(server: string): void {
    this.#work.delete(server);
  }

  state(): { files: number; bytes: number; serversBusy: number; servers: number } {
    const sinceMs = performance.now() - BETWEEN_GROUPS_MS;
    const busy = [...this.#work.values()].filter(({ tasks, changedMs }) => tasks > 0 || changedMs > sinceMs);
    const servers = Math.max(this.#count, busy.length);
    return { files: this.filesDone, bytes: this.bytesDone, serversBusy: busy.length, servers };
  }
}

/** Follows the job's events and shows what changes. */
function* watch(_task: TaskContext, events: Stream<ClusterEvent>, servers: Servers, progress: Progress): Steps<void> {
  yield* events.forEach((event) => {
    if (event.type === "task.started") servers.add(event.server, 1);
    else if (event.type === "task.exited" && event.server !== undefined) servers.add(event.server, -1);
    else if (event.type === "server.lost") {
      servers.lost(event.server.id);
      progress.say(`server ${event.server.id} was lost (${event.error.message}); what ran there runs again`);
    } else if (event.type === "server.replaced") {
      servers.replaced += 1;
      progress.say(`server ${event.server.id} was replaced`);
    } else return;
    progress.update(servers.state());
  });
}
