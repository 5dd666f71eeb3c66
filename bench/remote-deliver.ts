/** `remote-deliver`: messages acknowledged by the receiving mailbox, 64 in flight, beside batched round trips with nothing of ours. */
import { bareSides } from "./bare-all.ts";
import { bareEcho } from "./bare-stream.ts";
import { remoteDeliver } from "./far-tasks.ts";
import { runBench } from "./harness.ts";

const MESSAGES = 100_000;
const IN_FLIGHT = 64;

export async function run(): Promise<void> {
  const ours = await remoteDeliver(IN_FLIGHT);
  const bare = await bareSides(bareEcho, (echo) => () => echo.roundTrips(MESSAGES, IN_FLIGHT));
  try {
    await runBench({
      bench: "remote-deliver",
      ours: () => ours.send(MESSAGES),
      ...bare,
      peerName: `${bare.peerName}, batches of 64 sent back, with the codec`,
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await bare.close();
  }
}
