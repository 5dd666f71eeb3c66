/** `remote-pingpong`: round trips between tasks of two processes, one in flight, beside a bare encrypted libp2p stream. */
import { runBench } from "./harness.ts";
import { bareEcho } from "./bare-stream.ts";
import { remoteEcho } from "./far-tasks.ts";

const ROUND_TRIPS = 4000;

export async function run(): Promise<void> {
  const ours = await remoteEcho();
  const peer = await bareEcho();
  try {
    await runBench({
      bench: "remote-pingpong",
      ours: () => ours.roundTrips(ROUND_TRIPS, 1),
      peer: () => peer.roundTrips(ROUND_TRIPS, 1),
      peerName: "bare libp2p stream (tcp, noise, yamux)",
      unit: "1/s",
    });
    await runBench({
      bench: "remote-pingpong-64",
      ours: () => ours.roundTrips(ROUND_TRIPS * 16, 64),
      peer: () => peer.roundTrips(ROUND_TRIPS * 16, 64),
      peerName: "bare libp2p stream, batched per turn, with the codec",
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await peer.close();
  }
}
