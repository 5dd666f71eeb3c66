/** `remote-deliver`: messages acknowledged by the receiving mailbox, 64 in flight, beside batched round trips with nothing of ours. */
import { runBesideEcho } from "./beside-echo.ts";
import { remoteDeliver } from "./far-tasks.ts";

export async function run(): Promise<void> {
  await runBesideEcho({ bench: "remote-deliver", count: 100_000, inFlight: 64, ours: remoteDeliver });
}
