/** Runs ours and a peer in turn, several rounds, and prints one JSON line: what counts is the ratio of one run. */
import { cpuUsage } from "node:process";

/** One side of a bench: does the work once and says how many units it did, or what it measured. */
export type Side = () => Promise<number> | number;

export interface Bench {
  /** As in FIGURES: "task-switch". */
  readonly bench: string;
  readonly ours: Side;
  readonly peer: Side;
  readonly peerName: string;
  /** More to see in the same rounds, by name. */
  readonly others?: Readonly<Record<string, Side>>;
  /** "1/s" turns counts into rates; any other unit is what the sides return (less is better for "bytes" and "ms"). */
  readonly unit: "1/s" | "bytes" | "ms";
  /** Rounds that count, after one that warms up. Default 5. */
  readonly rounds?: number;
}

export interface BenchResult {
  readonly bench: string;
  /** Median of the rounds, in `unit`. */
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** Median over the rounds of ours/peer (of peer/ours where less is better): above 1, ours is better. */
  readonly ratio: number;
  /** Smallest and largest ratio seen. */
  readonly spread: readonly [number, number];
  readonly unit: string;
  /** Our process's CPU time per unit of work, in microseconds; absent where the side measures something else. */
  readonly cpuUsPerOp?: number;
  readonly rounds: readonly (readonly [ours: number, peer: number])[];
  /** Medians of the others. */
  readonly others?: Readonly<Record<string, number>>;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
};

const rounded = (value: number): number => Number(value.toPrecision(4));

async function measure(side: Side, unit: Bench["unit"]): Promise<{ value: number; cpuUs: number; count: number }> {
  globalThis.gc?.();
  const cpuBefore = cpuUsage();
  const startMs = performance.now();
  const count = await side();
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = cpuUsage(cpuBefore);
  return { value: unit === "1/s" ? count / seconds : count, cpuUs: cpu.user + cpu.system, count };
}

/** Measures both sides in turn and prints the result as one JSON line on standard output. */
export async function runBench(spec: Bench): Promise<BenchResult> {
  const rounds: [number, number][] = [];
  const cpuUsPerOp: number[] = [];
  const others = Object.entries(spec.others ?? {}).map(([name, side]) => ({ name, side, values: [] as number[] }));
  for (let round = 0; round <= (spec.rounds ?? 5); round += 1) {
    // each goes first in every other round, so that neither always finds the warmer machine
    const oursFirst = round % 2 === 0;
    const first = await measure(oursFirst ? spec.ours : spec.peer, spec.unit);
    const second = await measure(oursFirst ? spec.peer : spec.ours, spec.unit);
    const [ours, peer] = oursFirst ? [first, second] : [second, first];
    for (const { side, values } of others) {
      const { value } = await measure(side, spec.unit);
      if (round > 0) values.push(value);
    }
    if (round === 0) continue;
    rounds.push([rounded(ours.value), rounded(peer.value)]);
    cpuUsPerOp.push(ours.cpuUs / ours.count);
  }
  const ratios = rounds.map(([ours, peer]) => (spec.unit === "1/s" ? ours / peer : peer / ours));
  const result: BenchResult = {
    bench: spec.bench,
    ours: rounded(median(rounds.map(([ours]) => ours))),
    peer: rounded(median(rounds.map(([, peer]) => peer))),
    peerName: spec.peerName,
    ratio: rounded(median(ratios)),
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    unit: spec.unit,
    ...(spec.unit === "1/s" ? { cpuUsPerOp: rounded(median(cpuUsPerOp)) } : {}),
    rounds,
    ...(others.length === 0
      ? {}
      : { others: Object.fromEntries(others.map(({ name, values }) => [name, rounded(median(values))])) }),
  };
  console.log(JSON.stringify(result));
  return result;
}
