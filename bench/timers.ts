/** 100,000 sleeps of 0 to 1 s: CPU time, and how late the median one ends; beside setTimeout for each. */
import { cpuUsage } from "node:process";
import { all, sleep, spawn, type Steps, type TaskContext } from "skein";
import { runBench } from "./harness.ts";

const SLEEPS = 100_000;

interface Measured {
  readonly cpuMs: number;
  readonly lateMs: number;
}

function* oneSleep(_task: TaskContext, ms: number, late: number[]): Steps<void> {
  const startMs = performance.now();
  yield* sleep(ms);
  late.push(performance.now() - startMs - ms);
}

const durations = Array.from({ length: SLEEPS }, () => Math.random() * 1000);
const middle = (late: number[]): number => late.toSorted((a, b) => a - b)[late.length >> 1] ?? 0;

async function measure(work: (late: number[]) => Promise<unknown>): Promise<Measured> {
  const late: number[] = [];
  const before = cpuUsage();
  await work(late);
  const cpu = cpuUsage(before);
  return { cpuMs: (cpu.user + cpu.system) / 1000, lateMs: middle(late) };
}

const ours = (): Promise<Measured> =>
  measure(async (late) => await all(durations.map((ms) => spawn(oneSleep, [ms, late]))));

const timeouts = (): Promise<Measured> =>
  measure((late) =>
    Promise.all(
      durations.map(async (ms) => {
        const startMs = performance.now();
        await new Promise((resolve) => setTimeout(resolve, ms));
        late.push(performance.now() - startMs - ms);
      }),
    ),
  );

export async function run(): Promise<void> {
  const peerName = "setTimeout for each";
  for (const part of ["cpuMs", "lateMs"] as const) {
    await runBench({
      bench: part === "cpuMs" ? "timers" : "timers-late",
      ours: async () => (await ours())[part],
      peer: async () => (await timeouts())[part],
      peerName,
      unit: "ms",
      rounds: 3,
    });
  }
}
