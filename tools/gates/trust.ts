/** Volunteers who lie, as many and for as long as in the simulation by which the rules of trust were chosen. */
import { ADVERSARIES, SLEEPER, trustOutcome } from "../../packages/runtime/test/trust-model.ts";
import { log } from "node:console";
import type { Gate } from "./gate.ts";

const SIZE = { volunteers: 400, tasks: 100_000 };
/** Of a million results that were taken, so many may be wrong; past new identities every 15 tasks, which cost a check each. */
const WRONG_PPM = { probation: 100, churning: 150 };
const PROBATION_COST = 1.25;

export const gate: Gate = {
  proves: `of ${SIZE.tasks} results of ${SIZE.volunteers} tabs, up to a fifth of which lie, at most ${WRONG_PPM.churning} in a million are wrong in probation`,
  limitMs: 10 * 60_000,
  run: async () => {
    for (const [name, adversary] of [
      ...Object.entries(ADVERSARIES),
      ["5 % are honest for 30 tasks, then always lie", SLEEPER] as const,
    ]) {
      for (const trust of ["any", "probation", { quorum: 2 }, { quorum: 3 }] as const) {
        const { cost, wrong, wrongAtFirst, slandered } = trustOutcome({ trust, adversary, ...SIZE });
        const ppm = (count: number): number => Math.round((count / SIZE.tasks) * 1e6);
        const rule = typeof trust === "string" ? trust : `quorum ${trust.quorum}`;
        log(`${name}; ${rule}: x${cost.toFixed(3)}, ${ppm(wrong)} ppm wrong, ${ppm(wrongAtFirst)} ppm at first`);
        if (slandered > 0) throw new Error(`${slandered} honest tabs were distrusted`);
        if (trust !== "probation") continue;
        const mostWrong = "newIdentityAfter" in adversary ? WRONG_PPM.churning : WRONG_PPM.probation;
        if (ppm(wrong) > mostWrong || cost > PROBATION_COST)
          throw new Error(`past ${mostWrong} ppm or x${PROBATION_COST}`);
      }
    }
  },
};
