/** `pool-start`: from the making of a pool with 2 workers to its first result; `pool-memory`: what each of its workers holds. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runBench } from "./harness.ts";
import { publish, stripped } from "./published.ts";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

interface Measured {
  readonly tookMs: number;
  readonly memoryBytes: number;
}

export async function run(): Promise<void> {
  const program = await publish(here("pool-start-peer.ts"));
  const functions = await stripped(here("pool-start-function.ts"));
  const threads = await stripped(here("pool-start-thread.ts"));
  const measure = (kind: string): Measured => {
    const words = [program, kind, kind === "poolifier" ? threads : functions];
    // Its own program prints this.
    return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as Measured;
  };
  for (const [bench, unit, what, more] of [
    ["pool-start", "ms", "tookMs", {}],
    ["pool-memory", "bytes", "memoryBytes", { "an empty process of Node": () => measure("empty").memoryBytes }],
  ] as const) {
    await runBench({
      bench,
      ours: () => measure("skein")[what],
      peer: () => measure("piscina")[what],
      peerName: "piscina",
      others: {
        poolifier: () => measure("poolifier")[what],
        tinypool: () => measure("tinypool")[what],
        ...more,
      },
      unit,
      rounds: 9,
    });
  }
}
