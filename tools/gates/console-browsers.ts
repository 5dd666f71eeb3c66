/** Five browsers of three engines at one console: all show the same, and one that slept catches up, or shows a gap where events are no longer kept. */
import { setTimeout as delay } from "node:timers/promises";
import { descendants } from "../../packages/node-server/test/processes.ts";
import { EVENT_LOG_LIMIT } from "../../packages/runtime/src/defaults.ts";
import { type BrowserServer, chromium } from "playwright";
import { engines } from "../../playwright/tabs.ts";
import { buildPages } from "../build-pages.ts";
import { chromiumOptions } from "../engines/chromium.ts";
import { openChromium, openEngine } from "./console/engine-page.ts";
import { Person, until } from "./console/person.ts";
import { Scene } from "./console/scene.ts";
import { expectThat, type Gate } from "./gate.ts";

const BROWSERS = 5;
const SLEEP_MS = 60_000;
const ROWS = 20;
const GAP = /([\d,]+) events? came and went before this page could ask for them/;

/** What is compared: tables of views, and of their columns those that say how it is and not how long since. */
const COMPARED = [
  ["Jobs", "Table of ended jobs", ["Job", "Tasks", "Failed", "Took", "Ended"]],
  ["Nodes", "Table of nodes", ["Node", "State", "Servers", "Done", "Failed"]],
  ["Nodes", "Table of servers", ["Server", "State", "Done", "Failed", "Replaced"]],
  ["Tasks", "Table of tasks", ["Function and arguments", "State", "Server", "Job", "Time", "Attempts", "Created"]],
] as const;

async function shownBy(person: Person, views: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const [view, label, columns] of COMPARED) {
    if (!views.includes(view)) continue;
    await person.goes(view);
    const rows = await person.table(label);
    // Windows are not quite as high in every engine: tables that are drawn in part show more or less.
    lines.push(label, ...rows.slice(0, ROWS).map((row) => columns.map((column) => row[column] ?? "?").join(" | ")));
  }
  return lines.join("\n");
}

/** Waits until all show the same of these views, and gives that. */
async function allShowTheSame(people: readonly Person[], views: readonly string[]): Promise<string> {
  let shown: readonly string[] = [];
  return await until(
    `agreement of ${people.length} browsers`,
    async () => {
      shown = await Promise.all(people.map((person) => shownBy(person, views)));
      return shown.every((one) => one === shown[0]) && shown[0];
    },
    () => differencesOf(shown),
  );
}

/** Of each after the first, the first lines that are not as the first one's. */
const differencesOf = ([first = "", ...others]: readonly string[]): string =>
  others
    .map((other, n) => {
      const [as, lines] = [first.split("\n"), other.split("\n")];
      const at = lines.findIndex((line, row) => line !== as[row]);
      return at < 0 ? `${n + 1}: ${lines.length} lines of ${as.length}` : `${n + 1}: ${lines[at]} for ${as[at]}`;
    })
    .join("\n");

/** The whole browser stops, as on a machine that sleeps. */
function signal(browser: BrowserServer, name: "SIGSTOP" | "SIGCONT"): void {
  const pid = browser.process().pid ?? 0;
  for (const each of [pid, ...descendants(pid).map((row) => row.pid)]) {
    try {
      process.kill(each, name);
    } catch {
      // It has ended.
    }
  }
}

async function play(scene: Scene, people: readonly Person[], server: BrowserServer): Promise<void> {
  const [sleeper, ...others] = people;
  if (sleeper === undefined) throw new Error("there are five");
  const all = ["Jobs", "Nodes", "Tasks"];
  const ended = async (name: string, tasks: number, ms: number, failures = 0): Promise<void> => {
    await scene.startJob("slow-job.ts", name, String(tasks), String(ms), String(failures)).prints(/^\d+$/);
    await scene.witness.sees(`the end of ${name}`, ({ jobs }) => jobs.every((job) => job.name !== name));
  };

  await ended("together", 120, 60, 3);
  const first = await allShowTheSame(people, all);
  expectThat(first.includes("together | 123 | 3 |"), `they show\n${first}`);
  console.log(`   ${people.map(({ page }) => page.engine).join(", ")} show the same ${first.split("\n").length} lines`);

  signal(server, "SIGSTOP");
  await Promise.all([delay(SLEEP_MS), ended("while one sleeps", 300, 200, 2)]);
  const without = await allShowTheSame(others, all);
  signal(server, "SIGCONT");
  const caughtUp = await allShowTheSame(people, all);
  expectThat(caughtUp === without, `the one that slept made the others show\n${caughtUp}`);
  const gaps = await Promise.all(people.map(({ page }) => page.run(() => document.body.innerText, undefined)));
  expectThat(
    gaps.every((text) => !GAP.test(text)),
    "a gap is shown, and all was kept",
  );
  console.log(`   one slept for ${SLEEP_MS / 1000} s, and shows the same without a gap`);

  signal(server, "SIGSTOP");
  const { seq } = await scene.witness.status();
  let last = 0;
  // Until its session is over, too: one that resumes has lost nothing.
  const slept = delay(SLEEP_MS);
  for (let round = 1; last < seq + EVENT_LOG_LIMIT * 1.2; round += 1) {
    await ended(`busy ${round}`, 6000, 0);
    ({ seq: last } = await scene.witness.status());
  }
  await slept;
  signal(server, "SIGCONT");
  const told = await sleeper.sees(GAP);
  await ended("after the gap", 40, 50);
  // Of jobs that ended in the gap it can't know.
  await allShowTheSame(people, ["Nodes"]);
  await Promise.all(people.map((person) => person.goes("Jobs")));
  const rows = await Promise.all(people.map((person) => rowOf(person, "after the gap")));
  expectThat(new Set(rows).size === 1, `the job after the gap: ${rows.join("; ")}`);
  for (const { page } of others)
    expectThat(!GAP.test(await page.run(() => document.body.innerText, undefined)), `${page.engine} shows a gap`);
  console.log(`   it slept while ${last - seq} events came, and says: ${GAP.exec(told)?.[0] ?? ""}`);
}

const rowOf = async (person: Person, job: string): Promise<string> =>
  await until(`the ended job ${job}`, async () => {
    const row = (await person.table("Table of ended jobs")).find((one) => one["Job"] === job);
    return row && COMPARED[0][2].map((column) => row[column]).join(" | ");
  });

export const gate: Gate = {
  proves: "five browsers show the same; one that slept a minute catches up by its cursor, or shows a gap",
  limitMs: 8 * 60_000,
  async run() {
    await buildPages();
    await using scene = await Scene.open();
    const server = await chromium.launchServer(chromiumOptions());
    const people: Person[] = [];
    try {
      people.push(new Person(await openChromium(await chromium.connect(server.wsEndpoint()))));
      for (let n = 1; n < BROWSERS; n += 1)
        people.push(new Person(await openEngine(engines[n % engines.length] ?? "chromium")));
      for (const person of people) await person.arrive(await scene.link());
      await play(scene, people, server);
    } finally {
      signal(server, "SIGCONT");
      for (const { page } of people) await page.close();
      await server.close();
    }
  },
};
