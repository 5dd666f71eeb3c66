/** A fresh clone: `npm test` passes in under ten minutes. */
import { command, expectThat, type Gate, inFreshClone } from "./gate.ts";

export const gate: Gate = {
  proves: "in a fresh clone, npm test passes in under 10 minutes",
  limitMs: 10 * 60_000,
  run: () =>
    inFreshClone(async (folder) => {
      const outcome = await command(folder, "npm", ["test"]);
      console.log(outcome.output.slice(-2000));
      expectThat(outcome.code === 0, "npm test failed", outcome);
    }),
};
