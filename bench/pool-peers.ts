/** The pools that ours is measured beside, each as its documents say for the highest rate. */
import { setTimeout as delay } from "node:timers/promises";
import { Piscina } from "piscina";
import { FixedThreadPool } from "poolifier";
import { Tinypool } from "tinypool";

export const WORKERS = 2;
const MANY = 1_000_000;

/** One of the others, with its calls of one item and of a list of items. */
export interface PeerPool {
  readonly name: string;
  readonly one: (n: number) => Promise<number>;
  readonly each: (items: readonly number[]) => Promise<number[]>;
  readonly close: () => Promise<unknown>;
}

/** tinypool began as a copy of piscina, and takes the same. */
const OPTIONS = {
  filename: new URL("./pool-piscina-peer.ts", import.meta.url).href,
  minThreads: WORKERS,
  maxThreads: WORKERS,
  maxQueue: MANY,
  concurrentTasksPerWorker: 4,
};

/** A peer whose threads have ended may wait for them for ever. */
const CLOSE_MS = 2000;
const closed = (ending: Promise<unknown>): Promise<unknown> => Promise.race([ending, delay(CLOSE_MS)]);

const peerOf = (name: string, pool: Piscina | Tinypool): PeerPool => ({
  name,
  one: (n) => pool.run(n),
  each: (items) => pool.run(items, { name: "addOneToEach" }),
  close: () => closed(pool.destroy()),
});

export const piscina = (): PeerPool => peerOf("piscina", new Piscina(OPTIONS));
export const tinypool = (): PeerPool => peerOf("tinypool", new Tinypool(OPTIONS));

export function poolifier(): PeerPool {
  const pool = new FixedThreadPool<number | readonly number[], number | number[]>(
    WORKERS,
    new URL("./pool-poolifier-peer.ts", import.meta.url).pathname,
    { enableTasksQueue: true, workerOptions: { execArgv: [] } },
  );
  return {
    name: "poolifier",
    // Each function gives what its name says.
    one: (n) => pool.execute(n, "addOne") as Promise<number>,
    each: (items) => pool.execute(items, "addOneToEach") as Promise<number[]>,
    close: () => closed(pool.destroy()),
  };
}

/** Never more than `inFlight` at once; results in the order of the items. */
export async function mapped(
  items: Iterable<number>,
  inFlight: number,
  one: (n: number) => Promise<number>,
): Promise<number> {
  const window: Promise<number>[] = [];
  let done = 0;
  const take = async (): Promise<void> => {
    const result = await window[done % inFlight];
    if (result !== done + 1) throw new Error(`item ${done} gave ${result}`);
    done += 1;
  };
  let sent = 0;
  for (const n of items) {
    if (sent - done >= inFlight) await take();
    window[sent % inFlight] = one(n);
    sent += 1;
  }
  for (let left = sent - done; left > 0; left -= 1) await take();
  return done;
}
