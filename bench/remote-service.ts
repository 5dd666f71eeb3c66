/** `remote-service`: calls of an instant service, 64 in flight, beside batched round trips with nothing of ours. */
import { bareSides } from "./bare-all.ts";
import { bareEcho } from "./bare-stream.ts";
import { remoteCalls } from "./far-tasks.ts";
import { runBench } from "./harness.ts";

const CALLS = 50_000;
const IN_FLIGHT = 64;

export async function run(): Promise<void> {
  const ours = await remoteCalls(IN_FLIGHT);
  const bare = await bareSides(bareEcho, (echo) => () => echo.roundTrips(CALLS, IN_FLIGHT));
  try {
    await runBench({
      bench: "remote-service",
      ours: () => ours.send(CALLS),
      ...bare,
      peerName: `${bare.peerName}, batches of 64 sent back, with the codec`,
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await bare.close();
  }
}
