/** `sim-pool`: what (in time of the processor) handing an item to a worker costs with 5,000 simulated workers; its peer is the same with one. */
import { cpuUsage } from "node:process";
import { OpenPool, type PoolPlace } from "@skein/runtime/host";
import { type Link, PoolWorker } from "@skein/runtime/worker";
import { type Pool, runtime } from "skein";
import { runBench } from "./harness.ts";

const ITEMS = 300_000;
/** The same portions for all: how many items go together is another question. */
const CHUNK = 16;
const QUEUE = 2 * CHUNK;
const WORKERS = [1, 10, 100, 1000] as const;
const MOST_WORKERS = 5000;

const addOne = (n: number): number => n + 1;

/** One end of a link in this process. */
function linkEnd(send: (frame: Uint8Array) => void): Link & { hear(frame: Uint8Array): void } {
  let onFrame: (frame: Uint8Array) => void = () => undefined;
  const nothing = (): void => undefined;
  return {
    transport: "memory",
    send: (frame) => {
      send(frame);
      return true;
    },
    drained: async () => undefined,
    receive: (receiver) => (onFrame = receiver),
    hear: (frame) => onFrame(frame),
    pause: nothing,
    resume: nothing,
    close: nothing,
    abort: nothing,
    closed: new Promise(nothing),
  };
}

/** Workers that take no time and are no processes: what is left is what the pool does. */
function simulated(size: number): PoolPlace {
  // What is sent arrives when the present turn has ended, in the order of sending.
  let frames: (() => void)[] = [];
  const deliver = (): void => {
    const now = frames;
    frames = [];
    for (const frame of now) frame();
  };
  const later = (frame: () => void): void => {
    if (frames.push(frame) === 1) setImmediate(deliver);
  };
  let started = 0;
  return {
    name: "simulated",
    size,
    start: () => {
      const { promise: exited, resolve } = Promise.withResolvers<string>();
      const inside = linkEnd((frame) => later(() => outside.hear(frame)));
      const outside = linkEnd((frame) => later(() => inside.hear(frame)));
      const worker = new PoolWorker({
        link: inside,
        now: () => 0,
        soon: setImmediate,
        load: () => (n) => addOne(Number(n)),
      });
      worker.hello();
      started += 1;
      return { link: outside, name: `worker ${started}`, exited, kill: () => resolve("it was ended") };
    },
  };
}

async function opened(workers: number): Promise<Pool> {
  const host = { places: () => [simulated(workers)], codeOf: () => ({ key: addOne, code: "" }) };
  const pool = new OpenPool(host, { queueSize: QUEUE }, runtime.engine) as Pool; // what it gives for a function is as its type says
  await pool.ready();
  return pool;
}

/** Milliseconds of the processor for each thousand items. */
async function mapped(pool: Pool, workers: number): Promise<number> {
  const before = cpuUsage();
  let seen = 0;
  const items = (function* () {
    for (let n = 0; n < ITEMS; n += 1) yield n;
  })();
  for await (const result of pool.map(addOne, items, { chunk: CHUNK, inFlight: QUEUE * workers })) {
    seen += 1;
    if (result !== seen) throw new Error(`item ${seen - 1} gave ${result}`);
  }
  const { user, system } = cpuUsage(before);
  return (user + system) / seen;
}

export async function run(): Promise<void> {
  const side = async (workers: number): Promise<() => Promise<number>> => {
    const pool = await opened(workers);
    return () => mapped(pool, workers);
  };
  const most = await side(MOST_WORKERS);
  const few = await Promise.all(WORKERS.map(async (workers) => [`${workers} workers`, await side(workers)] as const));
  const [one, ...others] = few;
  await runBench({
    bench: "sim-pool",
    ours: most,
    peer: one?.[1] ?? most,
    peerName: "the same with one worker",
    others: Object.fromEntries(others),
    unit: "ms",
    rounds: 3,
  });
}
