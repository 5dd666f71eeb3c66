import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNode, startSkein, startUp } from "./cli.ts";
import { fixture } from "./programs.ts";
import { descendants, eventually } from "./processes.ts";

const folders = (data: string): readonly string[] =>
  ["servers", "jobs"].flatMap((folder) => {
    try {
      return readdirSync(join(data, folder));
    } catch {
      return [];
    }
  });

test("jobs of several clients take turns on few servers, and leave no process, file or lease when they are closed", async () => {
  const up = await startUp(["--quantum-ms", "100"]);
  const servers = (): number => descendants(up.pid).length;
  await eventually(() => servers() >= 2);
  const before = { processes: servers(), folders: folders(up.data).length };
  const clients = [0, 1].map(() => startNode([fixture("many-jobs.ts"), "3", "10"], up.environment));
  for (const client of clients) await client.line((line) => line.includes("ready"));
  const say = (word: string): void => {
    for (const { child } of clients) child.stdin?.write(`${word}\n`);
  };
  say("go");
  // Six jobs on two servers: each comes to its turns.
  for (const client of clients) await client.line((line) => line.includes("each"));
  say("stop");
  say("close");
  for (const client of clients) expect(await client.exited).toMatchObject({ code: 0 });
  const status = startSkein(["status", "--json"], up.environment);
  await status.exited;
  expect(JSON.parse(status.lines.join(""))).toMatchObject({ jobs: [] });
  // The spare process may have come meanwhile.
  await eventually(() => servers() <= before.processes + 1 && folders(up.data).length <= before.folders + 1);
});
