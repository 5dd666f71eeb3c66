import { expect, test } from "vitest";
import { skein, startNode, startUp } from "./cli.ts";
import { BIN, fixture } from "./programs.ts";
import { descendants, eventually, groupRuns, runs } from "./processes.ts";

test("kill -9 of skein up ends every process below it, also while its servers compute, and is told to who looks for it", async () => {
  const up = await startUp();
  const client = startNode([fixture("squares.ts"), "8", "60000"], up.environment);
  await client.line((line) => line.includes("ready"));
  await eventually(() => descendants(up.pid).length >= 3);
  const below = descendants(up.pid);
  up.child.kill("SIGKILL");
  await up.exited;
  await eventually(() => !below.some((row) => runs(row.pid) || groupRuns(row.group)));
  const late = await skein(["run", fixture("squares.ts")], up.environment);
  expect(late).toMatchObject({ code: 3, stderr: expect.stringMatching(/was killed[^]*start it again/) });
});

test("programs that tasks leave behind end with their job, and with skein up after kill -9", async () => {
  const up = await startUp();
  const programOf = async (client: ReturnType<typeof startNode>): Promise<number> =>
    Number(await client.line((line) => /^\d+$/.test(line)));
  const first = startNode([fixture("leaver.ts")], up.environment);
  const left = await programOf(first);
  expect(runs(left)).toBe(true);
  first.child.stdin?.write("close\n");
  expect(await first.exited).toMatchObject({ code: 0 });
  await eventually(() => !runs(left));

  const second = await programOf(startNode([fixture("leaver.ts")], up.environment));
  up.child.kill("SIGKILL");
  await eventually(() => !runs(second));
});

test("after kill -9 another skein up takes over the data directory", async () => {
  const up = await startUp();
  up.child.kill("SIGKILL");
  await up.exited;
  const again = await startUp([], up.data);
  expect(again.up.cluster).toBe(up.up.cluster);
});

test("kill -9 of what started it ends a skein up that watches its standard input", async () => {
  const source = `
    import { spawn } from "node:child_process";
    const up = spawn(process.execPath, JSON.parse(process.env.WORDS), { stdio: ["pipe", "inherit", "inherit"] });
    console.log(up.pid);`;
  const starter = await startUpBelow(source);
  starter.child.kill("SIGKILL");
  await eventually(() => !runs(starter.up));
});

async function startUpBelow(source: string) {
  const { ANY_PORTS, temporaryFolder } = await import("./cli.ts");
  const words = [
    BIN,
    "up",
    "--json",
    "--until-stdin-ends",
    "--data",
    temporaryFolder(),
    "--servers",
    "1",
    ...ANY_PORTS,
  ];
  const starter = startNode(["--input-type=module", "-e", source], { WORDS: JSON.stringify(words) });
  const up = Number(await starter.line((line) => /^\d+$/.test(line)));
  await starter.line((line) => line.startsWith("{"));
  return { ...starter, up };
}
