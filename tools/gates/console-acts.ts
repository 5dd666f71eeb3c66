/** Every view and every act of the console by pointer and keys, in three engines, on a real cluster with a running job and two tabs. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright";
import { type EngineName, engines } from "../../playwright/tabs.ts";
import { buildPages } from "../build-pages.ts";
import { launchChromium } from "../engines/chromium.ts";
import { ACTS_OF_PLACES, OPENING } from "./console/acts-of-places.ts";
import { ACTS_OF_WORK, ENDING } from "./console/acts-of-work.ts";
import { openEngine } from "./console/engine-page.ts";
import { Person } from "./console/person.ts";
import { Scene } from "./console/scene.ts";
import { type Act, HELPER, type Stage } from "./console/stage.ts";
import { expectThat, type Gate } from "./gate.ts";

/** Some engines alone: `SKEIN_ENGINES=firefox,webkit`; some acts alone: `SKEIN_ACTS=Jobs:|restart`. */
const chosen = engines.filter((name) => (process.env["SKEIN_ENGINES"]?.split(",") ?? engines).includes(name));
const wanted = new RegExp(process.env["SKEIN_ACTS"] ?? "");
const AXE = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));

async function playIn(engine: EngineName, tabs: Browser, axe: string): Promise<readonly string[]> {
  const failed: string[] = [];
  await using scene = await Scene.open();
  const page = await openEngine(engine);
  try {
    const person = new Person(page);
    const program = scene.startJob("acts-job.ts", "busy");
    await program.prints(/^till opened$/);
    const helper = scene.startNode(HELPER);
    await person.arrive(await scene.link());
    const stage: Stage = { person, scene, witness: scene.witness, program, helper, tabs };
    const play = async (act: Act): Promise<void> => {
      const startMs = performance.now();
      const what = `${engine}: ${act.view}: ${act.name}`;
      if (!wanted.test(what)) return;
      try {
        await act.play(stage);
        console.log(`   ${what} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed.push(what);
        console.log(`   ${what}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
        // A question that was left open is before everything else.
        await page.press("Escape").catch(() => undefined);
      }
    };
    for (const act of OPENING) await play(act);
    await play({ view: "all views", name: "no serious fault, in light and dark", play: async () => looks(stage, axe) });
    for (const act of [...ACTS_OF_WORK, ...ACTS_OF_PLACES, ...ENDING]) await play(act);
    if (page.complaints.length > 0) {
      failed.push(`${engine}: complaints`);
      console.log(`   ${engine} complains: ${page.complaints.join("\n      ")}`);
    }
  } finally {
    await page.close();
    for (const context of tabs.contexts()) await context.close();
  }
  return failed;
}

/** Every view as it is, by axe, in both colours; with the pages below them. */
async function looks(stage: Stage, axe: string): Promise<void> {
  const { person } = stage;
  const views = await person.rows("nav#views a");
  expectThat(views.length === 12, `there are ${views.length} views`);
  const faults: string[] = [];
  for (const colours of ["light", "dark"]) {
    await person.presses("button", { like: `^Colours: .*Change to ${colours}$` });
    const look = async (name: string): Promise<void> =>
      void faults.push(...(await person.faults(axe)).map((fault) => `${name}, ${colours}: ${fault}`));
    for (const view of views) {
      await person.goes(view);
      await look(view);
      if (view === "Tasks") {
        await person.presses("link", undefined, { role: "region", name: "Table of tasks" });
        await person.sees("Life", "main h2, main h3");
        await look("Task");
      }
      if (view === "Nodes") {
        await person.presses("link", HELPER, { role: "region", name: "Table of nodes" });
        await person.sees("Memory free", "main");
        await look("Node");
        await person.presses("link", `${HELPER}/1`, { role: "region", name: "Table of servers" });
        await person.sees("Busy in the last minute", "main");
        await look("Server");
      }
    }
  }
  await person.presses("button", { like: "^Colours: dark" });
  expectThat(faults.length === 0, faults.join("\n"));
}

export const gate: Gate = {
  proves: "every view and act of the console by click, in Chromium, Firefox and WebKit, done in a real cluster",
  limitMs: 15 * 60_000,
  async run() {
    await buildPages();
    const axe = await readFile(AXE, "utf8");
    const tabs = await launchChromium();
    const failed: string[] = [];
    try {
      for (const engine of chosen) failed.push(...(await playIn(engine, tabs, axe)));
    } finally {
      await tabs.close();
    }
    expectThat(failed.length === 0, `failed: ${failed.join("; ")}`);
  },
};
