/**
 * Servers as memory: each keeps what is put there, and is asked for it by its id, until it gets a fresh process.
 *
 * Run:  npm run example -- 17    (starts a cluster for as long as it runs)
 * See:
 *   100 values are kept on the servers
 *   all 100 are found where they were put
 *   after a fresh process the first server keeps nothing, the others what they had
 */
import { connect, type RemoteTaskContext, type ServerId } from "skein";

type Memory = Map<string, number>;

/** Runs once in each server process: the job's state there. */
const newMemory = (): Memory => new Map();

function put(task: RemoteTaskContext<never, Memory>, key: string, value: number): void {
  task.state.set(key, value);
}

function get(task: RemoteTaskContext<never, Memory>, key: string): number | undefined {
  return task.state.get(key);
}

await using client = await connect();
await using job = await client.openJob({ name: "memory", serverSetup: newMemory });
const status = await client.status();
const [first, ...others] = status.servers.filter(({ kind }) => kind === "cpu").map(({ id }) => id);
if (first === undefined) throw new Error("the cluster has no server");
const servers = [first, ...others];

/** Where a key is kept. */
const placeOf = (key: string): ServerId => {
  const number = Number(key.slice("key ".length));
  return servers[number % servers.length] ?? first;
};

const keys = Array.from({ length: 100 }, (_, n) => `key ${n}`);
for (const task of keys.map((key, n) => job.run(put, [key, n], { at: placeOf(key) }))) await task;
console.log(`${keys.length} values are kept on the servers`);

async function found(): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  const running = keys.map((key) => [key, job.run(get, [key], { at: placeOf(key) })] as const);
  for (const [key, task] of running) if ((await task) !== undefined) there.add(key);
  return there;
}
console.log(`all ${(await found()).size} are found where they were put`);

await job.restart(first);
const left = await found();
const kept = keys.every((key) => left.has(key) === (placeOf(key) !== first));
console.log(`after a fresh process the first server ${kept ? "keeps nothing, the others what they had" : "IS WRONG"}`);
