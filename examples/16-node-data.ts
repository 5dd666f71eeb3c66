/**
 * Data is read once at each node, prepared once in each server process, and used there by every task.
 *
 * Run:  npm run example -- 16    (starts a cluster for as long as it runs)
 * See:
 *   40 tasks, and all digests are those of the data here
 *   the data was read once at each node
 *   it was prepared once in each server process
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type RemoteTaskContext, type SetupContext } from "skein";

const PARTS = 40;

interface NodeData {
  readonly file: string;
  /** Tells one reading from another. */
  readonly read: string;
}

interface ServerData {
  readonly parts: readonly string[];
  readonly read: string;
  readonly prepared: string;
}

interface Digest {
  readonly part: number;
  readonly digest: string;
  readonly node: string;
  readonly server: string;
  readonly read: string;
  readonly prepared: string;
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Runs once at each node, before its servers have tasks: what it writes to `task.files`, they find there. */
function readOnce(task: SetupContext): NodeData {
  const lines = readFileSync(join(task.files, "data.txt"), "utf8").trim().split("\n");
  writeFileSync(join(task.files, "sorted.txt"), lines.toSorted().join("\n"));
  return { file: "sorted.txt", read: randomUUID() };
}

/** Runs once in each server process, with what came of it at the node. Its result is `task.state`. */
function prepare(task: SetupContext, { file, read }: NodeData): ServerData {
  const lines = readFileSync(join(task.files, file), "utf8").split("\n");
  return { parts: partsOf(lines), read, prepared: randomUUID() };
}

const partsOf = (lines: readonly string[]): readonly string[] =>
  Array.from({ length: PARTS }, (_, part) => lines.filter((_line, index) => index % PARTS === part).join("\n"));

/** A task: the compiler knows what state it needs, and `run` takes it for jobs that have it only. */
function digest(task: RemoteTaskContext<never, ServerData>, part: number): Digest {
  const { parts, read, prepared } = task.state;
  return { part, digest: digestOf(parts[part] ?? ""), node: task.node.id, server: task.server.id, read, prepared };
}

const folder = mkdtempSync(join(tmpdir(), "skein-example-"));
const lines = Array.from({ length: 10_000 }, (_, n) => String((n * 7919) % 10_007));
writeFileSync(join(folder, "data.txt"), lines.join("\n"));
try {
  await using client = await connect();
  const files = [join(folder, "data.txt")];
  await using job = await client.openJob({ name: "digests", files, nodeSetup: readOnce, serverSetup: prepare });
  const running = Array.from({ length: PARTS }, (_, part) => job.run(digest, [part]));
  const found: Digest[] = [];
  for (const task of running) found.push(await task);

  const here = partsOf(lines.toSorted());
  const right = found.every((each) => each.digest === digestOf(here[each.part] ?? ""));
  console.log(`${found.length} tasks, and ${right ? "all digests are" : "NOT all digests are"} those of the data here`);
  const distinct = (of: (each: Digest) => string): number => new Set(found.map(of)).size;
  const once = distinct((each) => each.read) === distinct((each) => each.node);
  console.log(`the data was read ${once ? "once" : "MORE THAN ONCE"} at each node`);
  const each = distinct(({ prepared }) => prepared) === distinct(({ server }) => server);
  console.log(`it was prepared ${each ? "once" : "MORE THAN ONCE"} in each server process`);
} finally {
  rmSync(folder, { recursive: true });
}
