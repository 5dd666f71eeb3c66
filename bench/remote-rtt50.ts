/** `remote-rtt50`: one-way messages over a wire of 50 ms round trip, beside the same without the wire. */
import { remoteFarAndNear } from "./far-tasks.ts";
import { runBench } from "./harness.ts";

const MESSAGES = 1_000_000;
/** Each way. */
const DELAY_MS = 25;
/** Bursts of 1,000 under way: more than the wire holds. */
const BURSTS = 200;

export async function run(): Promise<void> {
  const both = await remoteFarAndNear(DELAY_MS, BURSTS);
  try {
    await runBench({
      bench: "remote-rtt50",
      ours: () => both.far(MESSAGES),
      peer: () => both.near(MESSAGES),
      peerName: "the same without the wire",
      unit: "1/s",
    });
  } finally {
    await both.close();
  }
}
