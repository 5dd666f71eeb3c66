/** `sim-speed`: simulated peer-seconds a second: peers that talk through some schedules of faults, beside peers that only stay connected. */
import { runSchedule, simulate } from "@skein/runtime/testing";
import { runBench } from "./harness.ts";

const SCHEDULES = 6;
const IDLE_PEERS = 5;
const IDLE_MS = 600_000;

async function busyPeerSeconds(): Promise<number> {
  let peerMs = 0;
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const { peers, virtualMs } = await runSchedule(seed);
    peerMs += peers * virtualMs;
  }
  return peerMs / 1000;
}

async function idlePeerSeconds(): Promise<number> {
  const idle = (): void => undefined;
  const peers = Object.fromEntries(Array.from({ length: IDLE_PEERS }, (_, index) => [`p${index}`, idle]));
  await simulate({ seed: 1, peers }, (world) => world.advance(IDLE_MS));
  return (IDLE_PEERS * IDLE_MS) / 1000;
}

export async function run(): Promise<void> {
  await runBench({
    bench: "sim-speed",
    ours: busyPeerSeconds,
    peer: idlePeerSeconds,
    peerName: "five peers that stay connected and say nothing",
    unit: "1/s",
    rounds: 3,
  });
}
