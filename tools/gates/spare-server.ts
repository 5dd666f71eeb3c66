/** How long a fresh server process is waited for when a spare is ready: from the ask to its first word. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Isolation, type PeerId } from "@skein/runtime";
import { createServerHost } from "../../packages/node-server/src/servers/server-host.ts";
import { expectThat, type Gate } from "./gate.ts";

const MOST_MS = 10;
const ROUNDS = 9;
/** A spare is started a moment after the last start, and takes its time to load. */
const SPARE_MS = 3000;
// Any peer's id: nobody is reached by it.
const PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;

export const gate: Gate = {
  proves: `replacing a server process waits less than ${MOST_MS} ms where a spare is ready (the median of ${ROUNDS})`,
  limitMs: 3 * 60_000,
  run: async () => {
    for (const isolation of ["guarded", "sealed"] as const) {
      const waits = await waitsUnder(isolation);
      const median = waits.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Infinity;
      console.log(`   ${isolation}: ${waits.map((ms) => ms.toFixed(1)).join(" ")} ms, median ${median.toFixed(1)}`);
      expectThat(median < MOST_MS, `${isolation}: ${median.toFixed(1)} ms`);
    }
  },
};

async function waitsUnder(isolation: Isolation): Promise<readonly number[]> {
  const dataPath = mkdtempSync(join(tmpdir(), "skein-gate-"));
  const host = createServerHost({ peer: PEER, servers: 1, codePath: dataPath, dataPath, isolation });
  const waits: number[] = [];
  try {
    await host.start(1);
    for (let round = 0; round < ROUNDS; round += 1) {
      await pause(SPARE_MS);
      const startMs = performance.now();
      const process = await host.start(1);
      await new Promise<void>((resolve) => process.link.receive(() => resolve()));
      waits.push(performance.now() - startMs);
      process.kill();
    }
  } finally {
    await host.close();
    rmSync(dataPath, { recursive: true, force: true });
  }
  return waits;
}
