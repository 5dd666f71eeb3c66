/** `pool-run`: a promise a call, many calls at once. */
import { pool } from "skein";
import { runBench } from "./harness.ts";
import { type PeerPool, piscina, poolifier, tinypool, WORKERS } from "./pool-peers.ts";
import { addOne } from "./pool-work.ts";

const CALLS = 300_000;
const PEER_CALLS = 50_000;
/** Calls of one turn. */
const TURN = 10_000;

async function turns(total: number, one: (n: number) => PromiseLike<number>): Promise<number> {
  for (let at = 0; at < total; at += TURN) {
    const results = await Promise.all(Array.from({ length: TURN }, (_, index) => one(at + index)));
    results.forEach((result, index) => {
      if (result !== at + index + 1) throw new Error(`call ${at + index} gave ${result}`);
    });
  }
  return total;
}

export async function run(): Promise<void> {
  await using ours = pool({ servers: WORKERS });
  const peers: readonly PeerPool[] = [piscina(), poolifier(), tinypool()];
  const [first, ...others] = peers;
  if (first === undefined) return;
  try {
    await runBench({
      bench: "pool-run",
      ours: () => turns(CALLS, (n) => ours.run(addOne, [n])),
      peer: () => turns(PEER_CALLS, first.one),
      peerName: first.name,
      others: Object.fromEntries(others.map(({ name, one }) => [name, () => turns(PEER_CALLS, one)])),
      unit: "1/s",
    });
  } finally {
    for (const peer of peers) await peer.close();
  }
}
