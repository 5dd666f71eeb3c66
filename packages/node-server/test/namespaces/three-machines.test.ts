import { afterEach, describe, expect, test } from "vitest";
import { fixture } from "../programs.ts";
import { pause } from "./commanded.ts";
import { skipping, whyNoNamespaces } from "./lan.ts";
import { type Machine, Machines } from "./machines.ts";

const skipped = skipping(whyNoNamespaces());
const sumOfSquares = (count: number): number =>
  Array.from({ length: count }, (_, n) => n * n).reduce((a, b) => a + b, 0);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** `skein up` on one machine, `skein node INVITE` on so many others. */
async function cluster(net: string, nodes: number) {
  const machines = new Machines(net);
  closing.push(() => machines.close());
  const first = machines.machine();
  const up = first.skein([
    "up",
    "--json",
    "--name",
    "first",
    "--servers",
    "1",
    "--no-console",
    "--listen",
    "0.0.0.0:4100",
  ]);
  await up.json("up");
  const invite = async (role: string, uses: number): Promise<string> => {
    const asked = first.skein(["invite", "--role", role, "--uses", String(uses)]);
    await asked.exited;
    return asked.lines.find((line) => line !== "") ?? "";
  };
  const forNodes = await invite("node", nodes);
  const others: Machine[] = [];
  for (let number = 1; number <= nodes; number += 1) {
    const machine = machines.machine();
    const words = ["--json", "--name", `node${number}`, "--servers", "1", "--listen", "0.0.0.0:4100"];
    await machine.skein(["node", forNodes, ...words]).json("node");
    others.push(machine);
  }
  return { machines, first, others, invite };
}

describe.skipIf(skipped)("three machines", () => {
  test("run a job together, and one whose cable is out for a while loses nothing", async () => {
    const { others, invite } = await cluster("10.91", 2);
    const [away, client] = others as [Machine, Machine];
    const run = client.skein(["run", "--on", await invite("client", 1), fixture("spread-job.ts"), "30", "200"]);
    await run.json("works node1");
    away.host.setCable(false);
    await pause(1500);
    away.host.setCable(true);
    expect(await run.json("done")).toMatchObject({ sum: sumOfSquares(30), machines: 3, done: 60 });
    expect(await run.exited).toBe(0);
  });

  test("are found on their network by who has joined them before, and by nobody else", async () => {
    const { machines, invite } = await cluster("10.92", 0);
    const guest = machines.machine();
    const program = ["run", fixture("spread-job.ts"), "3", "1"];
    expect(await guest.skein(program).exited).toBe(3);
    const link = await invite("client", 1);
    expect(await guest.skein(program, { SKEIN_CLUSTER: link }).exited).toBe(0);
    // The invite is used up: what it gave was kept.
    expect(await guest.skein(program, { SKEIN_CLUSTER: link }).exited).toBe(0);
    const again = guest.skein(program);
    expect(await again.json("done")).toMatchObject({ sum: 5 });
    expect(await again.exited).toBe(0);
  });

  test("that share a secret are found and used by a program that schedules by itself", async () => {
    const machines = new Machines("10.94");
    closing.push(() => machines.close());
    const secret = { SKEIN_SECRET: "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf" };
    for (const name of ["one", "two"]) {
      machines.machine().skein(["node", "--name", name, "--servers", "1", "--listen", "0.0.0.0:4100"], secret);
    }
    const run = machines.machine().skein(["run", fixture("private-job.ts"), "20", "2"], secret);
    expect(await run.exited).toBe(0);
    expect(JSON.parse(run.lines.at(-1) ?? "")).toEqual({ sum: sumOfSquares(20), nodes: ["one", "two"] });
  });
});
