/** `remote-service`: calls of an instant service, 64 in flight, beside batched round trips with nothing of ours. */
import { runBesideEcho } from "./beside-echo.ts";
import { remoteCalls } from "./far-tasks.ts";

export async function run(): Promise<void> {
  await runBesideEcho({ bench: "remote-service", count: 50_000, inFlight: 64, ours: remoteCalls });
}
