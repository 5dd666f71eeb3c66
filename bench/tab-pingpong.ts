/** `tab-pingpong`: round trips from a page in Chromium to a program, one in flight and 64, beside the bare libp2p stream. */
import { runBench } from "./harness.ts";
import { openPageSides } from "./page-sides.ts";

const ROUND_TRIPS = 1000;
const IN_FLIGHT = 64;

export async function run(): Promise<void> {
  const sides = await openPageSides(["ours ws", "bare ws", "ours webrtc", "bare webrtc"]);
  try {
    for (const kind of ["ws", "webrtc"] as const) {
      for (const inFlight of [1, IN_FLIGHT]) {
        const count = ROUND_TRIPS * (inFlight === 1 ? 1 : 16);
        await runBench({
          bench: `tab-pingpong-${kind}${inFlight === 1 ? "" : `-${inFlight}`}`,
          ours: () => sides.roundTrips(`ours ${kind}`, count, inFlight),
          peer: () => sides.roundTrips(`bare ${kind}`, count, inFlight),
          peerName: `bare libp2p stream (${kind})${inFlight === 1 ? "" : ", batched, with the codec"}`,
          unit: "1/s",
        });
      }
    }
  } finally {
    await sides.close();
  }
}
