/**
 * Two peers talk while the connection between them is cut again and again: `session-soak.ts CUTS`. Prints one JSON line
 * a quarter: messages that arrived, the heap, what the event loop holds; fails when one is missing, double or late.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  createRuntime,
  type Peer,
  register,
  spawn,
  startPeer,
  type Steps,
  type TaskContext,
  type TaskRef,
} from "../../../packages/node-server/src/index.ts";
import { BreakableProxy, unusedPort } from "../../../packages/node-server/test/breakable-proxy.ts";

const cuts = Number(process.argv[2] ?? 400);
let arrived = 0;

function* take(task: TaskContext<number>): Steps<never> {
  for (;;) {
    const n = yield* task.receive();
    if (n !== arrived) throw new Error(`${n} came when ${arrived} was next`);
    arrived += 1;
  }
}

function* give(task: TaskContext, to: TaskRef<number>): Steps<never> {
  for (let n = 0; ; n += 1) {
    if (n % 20 === 0) yield* to.deliver(n);
    else to.send(n);
    if (n % 100 === 0) yield* task.sleep(1);
  }
}

const port = await unusedPort();
const proxy = await BreakableProxy.start(() => port);
const owner = await startPeer({ listen: [`127.0.0.1:${port}`], announce: [`127.0.0.1:${proxy.port}`] });
register("taker", spawn(take));
const runtime = createRuntime();
const guest: Peer = await startPeer({ invite: await owner.invite({ roles: ["peer"] }), runtime });
const taker = await guest.locate<TaskRef<number>>("taker");
const giver = spawn(give, [taker], { runtime });
giver.exit().then(
  (exit) => {
    console.error(exit);
    process.exit(1);
  },
  () => process.exit(1),
);

async function atLeast(count: number): Promise<void> {
  for (let enough = false; !enough; enough = arrived >= count) await sleep(1);
}

for (let cut = 1; cut <= cuts; cut += 1) {
  await atLeast(arrived + 200);
  const connected = proxy.connected(proxy.accepted + 1);
  proxy.cut();
  await connected;
  if (cut % Math.ceil(cuts / 4) !== 0) continue;
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  console.log(JSON.stringify({ cut, arrived, heapUsed, handles }));
}
process.exit(0);
