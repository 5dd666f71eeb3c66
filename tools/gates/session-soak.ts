/** A session whose connection drops hundreds of times loses nothing and leaves nothing behind. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expectThat, type Gate, root } from "./gate.ts";

const CUTS = 400;
/** What compiled code, and messages under way when it is looked at, may differ by. */
const SLACK_BYTES = 4e6;
const SLACK_HANDLES = 8;

interface Look {
  readonly cut: number;
  readonly arrived: number;
  readonly heapUsed: number;
  readonly handles: number;
}

export const gate: Gate = {
  proves: `a connection cut ${CUTS} times under traffic: every message once and in order, memory and handles don't grow`,
  limitMs: 300_000,
  run: () => {
    const program = join(root, "tools/gates/programs/session-soak.ts");
    const output = execFileSync(process.execPath, ["--expose-gc", program, String(CUTS)], { encoding: "utf8" });
    const looks: Look[] = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const { cut, arrived, heapUsed, handles } of looks) {
      console.log(`   ${cut} cuts: ${arrived} messages, ${(heapUsed / 1e6).toFixed(1)} MB, ${handles} handles`);
    }
    const [first, last] = [looks[0], looks.at(-1)];
    expectThat(first !== undefined && last !== undefined && last.cut === CUTS, "it ended before the last cut");
    if (first === undefined || last === undefined) return Promise.resolve();
    expectThat(last.heapUsed < first.heapUsed + SLACK_BYTES, "the heap grew");
    expectThat(last.handles < first.handles + SLACK_HANDLES, "handles were left");
    return Promise.resolve();
  },
};
