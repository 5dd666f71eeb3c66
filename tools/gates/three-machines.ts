/** Three machines and a client: `skein up`, two nodes by an invite, and a machine whose cable is pulled for good during a job. */
import { join } from "node:path";
import { pause } from "../../packages/node-server/test/namespaces/commanded.ts";
import { whyNoNamespaces } from "../../packages/node-server/test/namespaces/lan.ts";
import { type Machine, Machines } from "../../packages/node-server/test/namespaces/machines.ts";
import { expectThat, type Gate, root } from "./gate.ts";

const PROGRAM = join(root, "packages/node-server/test/fixtures/spread-job.ts");
const TASKS = 100;
const TASK_MS = 300;
/** After the machine has begun to work. */
const PULLED_AFTER_MS = 1000;

const say = (text: string): void => console.log(`   ${text}`);
const listens = ["--listen", "0.0.0.0:4100", "--servers", "1", "--json"];

export const gate: Gate = {
  proves:
    "skein up on one machine, skein node INVITE on two, a client on one: a cable pulled for good, and the job finishes",
  limitMs: 180_000,
  run: async () => {
    const missing = whyNoNamespaces();
    if (missing !== undefined) return say(`skipped: ${missing}`);
    const machines = new Machines("10.93");
    try {
      await cablePulled(machines);
    } finally {
      await machines.close();
    }
  },
};

async function cablePulled(machines: Machines): Promise<void> {
  const first = machines.machine();
  const up = first.skein(["up", "--name", "first", "--no-console", ...listens]);
  await up.json("up");
  const [away, stays] = await Promise.all(["away", "stays"].map(async (name) => await joined(machines, first, name)));
  if (away === undefined || stays === undefined) return;
  const link = await invite(first, "client");
  const startMs = performance.now();
  const run = stays.skein(["run", "--on", link, PROGRAM, String(TASKS), String(TASK_MS)]);
  await run.json("works away");
  await pause(PULLED_AFTER_MS);
  away.host.setCable(false);
  const pulledMs = performance.now();
  const { sum, retried, done, machines: used } = await run.json("done");
  const right = sum === (TASKS * (TASKS - 1) * (2 * TASKS - 1)) / 6;
  say(`${String(done)} tasks on ${String(used)} machines, ${String(retried)} ran again; results right: ${right}`);
  say(
    `done ${seconds(performance.now() - pulledMs)} after the cable was pulled, ${seconds(performance.now() - startMs)} in all`,
  );
  expectThat(right && done === 2 * TASKS && used === 3, "a result is wrong or missing, or a machine was not used");
  expectThat((await run.exited) === 0, `the program failed: ${run.errors}`);
}

async function joined(machines: Machines, first: Machine, name: string): Promise<Machine> {
  const machine = machines.machine();
  await machine.skein(["node", await invite(first, "node"), "--name", name, ...listens]).json("node");
  return machine;
}

async function invite(first: Machine, role: string): Promise<string> {
  const asked = first.skein(["invite", "--role", role]);
  await asked.exited;
  return asked.lines.at(-1) ?? "";
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
