/** A million changed inputs for everything that reads what peers send. */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Gate, expectThat, root } from "./gate.ts";

const INPUTS = 1_000_000;
/** The heap each process may have. */
const HEAP_MIB = 256;

export const gate: Gate = {
  proves: "a million changed frames, words, tokens, addresses and file names are taken or refused: no crash, no hang",
  limitMs: 600_000,
  run: async () => {
    const processes = Math.max(1, availableParallelism());
    const first = Math.floor(Math.random() * 1e9);
    await Promise.all(
      Array.from({ length: processes }, (_, index) => fuzz(Math.ceil(INPUTS / processes), first + index)),
    );
  },
};

async function fuzz(count: number, seed: number): Promise<void> {
  const program = join(root, "tools/gates/programs/wire-fuzz.ts");
  const args = [`--max-old-space-size=${HEAP_MIB}`, program, String(count), String(seed)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args);
    console.log(`   seed ${seed}: ${stdout.trim()}`);
    const slowestMs = Number(/slowest (\d+) ms/.exec(stdout)?.[1]);
    expectThat(slowestMs < 5000, `seed ${seed}: one input took ${slowestMs} ms`);
  } catch (error) {
    const output = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "";
    throw new Error(`seed ${seed}, ${count} inputs: ${output}`, { cause: error });
  }
}
