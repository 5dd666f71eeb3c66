/** `remote-stream`: one-way messages of about 100 bytes to a task of another process, beside the bare mechanisms. */
import { bareSides } from "./bare-all.ts";
import { bareOneWay } from "./bare-stream.ts";
import { remoteOneWay } from "./far-tasks.ts";
import { runBench } from "./harness.ts";

const MESSAGES = 300_000;

export async function run(): Promise<void> {
  const ours = await remoteOneWay();
  const bare = await bareSides(bareOneWay, (stream) => () => stream.send(MESSAGES));
  try {
    await runBench({
      bench: "remote-stream",
      ours: () => ours.send(MESSAGES),
      ...bare,
      peerName: `${bare.peerName}, 100-byte frames batched by 60 kB, no codec`,
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await bare.close();
  }
}
