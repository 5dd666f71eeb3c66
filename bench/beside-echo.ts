/** Runs what is acknowledged, so many at once, beside batched round trips with nothing of ours. */
import { bareSides } from "./bare-all.ts";
import { bareEcho } from "./bare-stream.ts";
import type { OneWay } from "./bare-stream.ts";
import { runBench } from "./harness.ts";

export interface BesideEcho {
  readonly bench: string;
  readonly count: number;
  /** How many are under way at once. */
  readonly inFlight: number;
  readonly ours: (inFlight: number) => Promise<OneWay>;
}

export async function runBesideEcho({ bench, count, inFlight, ours: begin }: BesideEcho): Promise<void> {
  const ours = await begin(inFlight);
  const bare = await bareSides(bareEcho, (echo) => () => echo.roundTrips(count, inFlight));
  try {
    await runBench({
      bench,
      ours: () => ours.send(count),
      ...bare,
      peerName: `${bare.peerName}, batches of ${inFlight} sent back, with the codec`,
      unit: "1/s",
    });
  } finally {
    await ours.close();
    await bare.close();
  }
}
