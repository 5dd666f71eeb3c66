/** Faults planted on purpose in the code are found by the schedules. */
import { PLANTED, type PlantedName } from "../sim/planted.ts";
import { runSchedules } from "../sim/schedules.ts";
import { expectThat, type Gate } from "./gate.ts";

const SEEDS = 1000;

export const gate: Gate = {
  proves: "each fault planted on purpose is found within 1,000 seeds",
  limitMs: 10 * 60_000,
  run: async () => {
    // The keys of PLANTED are its names.
    for (const name of Object.keys(PLANTED) as PlantedName[]) {
      const found: { readonly seed: number; readonly lines: readonly string[] }[] = [];
      await runSchedules({
        from: 1,
        to: SEEDS,
        planted: name,
        onSeed: (report) => report.lines.length > 0 && found.push(report) > 0,
      });
      const [first] = found;
      expectThat(first !== undefined, `${name} (${PLANTED[name].says}) was not found by ${SEEDS} seeds`);
      console.log(`   ${name} (${PLANTED[name].says}): seed ${first?.seed}\n   ${first?.lines.join("\n   ")}`);
    }
  },
};
