/** A fresh clone in an empty directory: `npm start -- --once` prints the tables and exits 0. */
import { command, expectThat, type Gate, inFreshClone } from "./gate.ts";

export const gate: Gate = {
  proves: "in a fresh clone, npm start -- --once prints the tables and exits 0",
  limitMs: 10 * 60_000,
  run: () =>
    inFreshClone(async (folder) => {
      const outcome = await command(folder, "npm", ["start", "--", "--once", "--compare"]);
      console.log(outcome.output);
      expectThat(outcome.code === 0, "npm start failed", outcome);
      for (const part of ["in files", "share", "longest line:", "in one plain process"]) {
        expectThat(outcome.output.includes(part), `the output lacks "${part}"`, outcome);
      }
    }),
};
