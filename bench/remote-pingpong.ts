/** `remote-pingpong`: round trips between tasks of two processes, one in flight and 64, beside the bare mechanisms. */
import { bareSides } from "./bare-all.ts";
import { bareEcho } from "./bare-stream.ts";
import { remoteEcho } from "./far-tasks.ts";
import { runBench } from "./harness.ts";

/** Enough for the compiler to know what it is about, in the round that doesn't count. */
const ROUND_TRIPS = 12_000;

export async function run(): Promise<void> {
  const ours = await remoteEcho();
  const single = await bareSides(bareEcho, (echo) => () => echo.roundTrips(ROUND_TRIPS, 1));
  const many = await bareSides(bareEcho, (echo) => () => echo.roundTrips(ROUND_TRIPS * 16, 64));
  try {
    await runBench({
      bench: "remote-pingpong",
      ours: () => ours.roundTrips(ROUND_TRIPS, 1),
      ...single,
      unit: "1/s",
    });
    await runBench({
      bench: "remote-pingpong-64",
      ours: () => ours.roundTrips(ROUND_TRIPS * 16, 64),
      ...many,
      peerName: `${many.peerName}, batched, with the codec`,
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await single.close();
    await many.close();
  }
}
