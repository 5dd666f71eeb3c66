/** What runs in the server processes: counts a group of files and sends the counts to the client, part by part. */
import { all, type Channel, type RemoteTaskContext, type Steps } from "skein";
import { countFile, emptyCounts } from "./count.ts";
import { type Partial, partsOf } from "./partial.ts";

/** How long the client's merging task may take to have one part. */
const PART_TIMEOUT_MS = 60_000;

export interface GroupDone {
  readonly group: number;
  /** Which server counted it. */
  readonly server: string;
  readonly files: number;
  readonly bytes: number;
  readonly busyMs: number;
}

/** Counts one group. It ends when all its parts have arrived at the client, so little is held anywhere. */
export function* countGroup(
  task: RemoteTaskContext,
  partials: Channel<Partial>,
  group: number,
  paths: readonly string[],
): Steps<GroupDone> {
  const startedMs = performance.now();
  const counts = emptyCounts();
  for (const path of paths) {
    task.checkpoint();
    countFile(path, counts);
  }
  const busyMs = performance.now() - startedMs;
  const run = crypto.randomUUID();
  const deliveries = Array.from(partsOf(group, run, counts), (part) =>
    partials.deliver(part, { subscribers: 1, timeoutMs: PART_TIMEOUT_MS }),
  );
  yield* all(deliveries);
  return { group, server: task.server.id, files: counts.files, bytes: counts.bytes, busyMs };
}
