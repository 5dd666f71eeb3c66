/** `remote-stream`: one-way messages of about 100 bytes to a task of another process, beside a bare libp2p stream. */
import { bareOneWay } from "./bare-stream.ts";
import { runBench } from "./harness.ts";
import { remoteOneWay } from "./far-tasks.ts";

const MESSAGES = 300_000;

export async function run(): Promise<void> {
  const ours = await remoteOneWay();
  const peer = await bareOneWay();
  try {
    await runBench({
      bench: "remote-stream",
      ours: () => ours.send(MESSAGES),
      peer: () => peer.send(MESSAGES),
      peerName: "bare libp2p stream of 100-byte frames, batched by 60 kB, no codec",
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await peer.close();
  }
}
