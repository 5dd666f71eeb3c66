/** `pool-map`: an ordered map over an iterable with chunks of one item, and with chunks as the pool chooses them (`pool-map-auto`). */
import { pool } from "skein";
import { runBench } from "./harness.ts";
import { mapped, piscina, poolifier, tinypool, WORKERS } from "./pool-peers.ts";
import { addOne, count } from "./pool-work.ts";

const SINGLES = 300_000;
const ITEMS = 3_000_000;
const PEER_SINGLES = 50_000;
const PEER_ITEMS = 1_000_000;
const IN_FLIGHT = 128;
/** What users of the others choose by hand. */
const CHUNK = 1024;

export async function run(): Promise<void> {
  await using ours = pool({ servers: WORKERS });
  const peers = [piscina(), poolifier(), tinypool()] as const;
  const [first, ...others] = peers;
  const check = async (total: number, options: { chunk: number | "auto" }): Promise<number> => {
    let seen = 0;
    for await (const result of ours.map(addOne, count(total), options)) {
      seen += 1;
      if (result !== seen) throw new Error(`item ${seen - 1} gave ${result}`);
    }
    if (seen !== total) throw new Error(`${seen} of ${total} results`);
    return seen;
  };
  const chunks = async ({ each }: (typeof peers)[number]): Promise<number> => {
    let done = 0;
    const lane = async (from: number): Promise<void> => {
      for (let at = from; at < PEER_ITEMS; at += CHUNK * 8) {
        const items = Array.from({ length: Math.min(CHUNK, PEER_ITEMS - at) }, (_, index) => at + index);
        const results = await each(items);
        if (results[0] !== at + 1) throw new Error(`item ${at} gave ${results[0]}`);
        done += results.length;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => lane(index * CHUNK)));
    return done;
  };
  try {
    await runBench({
      bench: "pool-map",
      ours: () => check(SINGLES, { chunk: 1 }),
      peer: () => mapped(count(PEER_SINGLES), IN_FLIGHT, first.one),
      peerName: `${first.name}, ${IN_FLIGHT} in flight`,
      others: Object.fromEntries(
        others.map(({ name, one }) => [name, () => mapped(count(PEER_SINGLES), IN_FLIGHT, one)]),
      ),
      unit: "1/s",
    });
    await runBench({
      bench: "pool-map-auto",
      ours: () => check(ITEMS, { chunk: "auto" }),
      peer: () => chunks(first),
      peerName: `${first.name}, lists of ${CHUNK} made by hand`,
      others: Object.fromEntries(others.map((peer) => [peer.name, () => chunks(peer)])),
      unit: "1/s",
    });
  } finally {
    for (const peer of peers) await peer.close();
  }
}
