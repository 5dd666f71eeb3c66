/**
 * Some peers in one process: `peers.ts COUNT [OPTIONS]`, the options of each peer as JSON. Prints one JSON line when all
 * have started, and answers each line of standard input with another: connections, memory and CPU time.
 */
import { createInterface } from "node:readline";
import {
  createRuntime,
  type Peer,
  spawn,
  startPeer,
  type Steps,
  type TaskContext,
} from "../../../packages/node-server/src/index.ts";

const count = Number(process.argv[2]);
const options = JSON.parse(process.argv[3] ?? "{}");
const peers: Peer[] = [];
let firstRuntime = createRuntime();
for (let n = 0; n < count; n += 1) {
  const runtime = createRuntime();
  peers.push(await startPeer({ ...options, listen: ["127.0.0.1:0"], runtime }));
  if (n === 0) firstRuntime = runtime;
}
const [first] = peers;
if (first === undefined) throw new TypeError("at least one peer");

function* wait(task: TaskContext<unknown>): Steps<void> {
  yield* task.receive();
}

const name = `task of ${process.pid}`;
first.register(name, spawn(wait, [], { background: true, runtime: firstRuntime }));

console.log(
  JSON.stringify({
    invite: options.invite === undefined ? await first.invite({ roles: ["peer"], uses: 1000 }) : undefined,
    addresses: peers.flatMap((peer) => peer.location.addresses.slice(0, 1)),
    name,
  }),
);

createInterface({ input: process.stdin }).on("line", (line) => {
  void look(line);
});
process.stdin.once("end", () => process.exit(0));

async function look(line: string): Promise<void> {
  globalThis.gc?.();
  // A line that names something is a search for it, from the last peer of this process.
  if (line !== "") await peers.at(-1)?.locate(line, { timeoutMs: 20_000 });
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const connections = peers.map((peer) => peer.peers().length);
  console.log(JSON.stringify({ connections, rss, heapUsed, cpuMs: (user + system) / 1000 }));
}
