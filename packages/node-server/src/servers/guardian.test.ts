import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { eventually, groupRuns } from "../../test/processes.ts";

const guardian = JSON.stringify(new URL("guardian.ts", import.meta.url).href);
const logger = JSON.stringify(import.meta.resolve("@skein/runtime"));

/** A parent that watches two groups (a shell with a child; one it forgets), says their ids and waits. */
const PARENT = `
import { spawn } from "node:child_process";
import { Guardian } from ${guardian};
import { silentLogger } from ${logger};
const guardian = new Guardian(silentLogger);
const group = () => spawn("/bin/sh", ["-c", "trap '' TERM; sleep 1000 & sleep 1000"], { detached: true, stdio: "ignore" }).pid;
const watched = [group(), group()], forgotten = group();
for (const pid of [...watched, forgotten]) guardian.watch(-pid);
guardian.forget(-forgotten);
process.stdin.on("data", () => guardian.close());
console.log(JSON.stringify({ watched, forgotten }));
`;

async function startParent() {
  const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT], { stdio: ["pipe", "pipe", "inherit"] });
  const [text] = await once(parent.stdout, "data");
  const told: { watched: number[]; forgotten: number } = JSON.parse(String(text));
  return { parent, ...told };
}

test("groups end with their parent, also after kill -9; forgotten ones are left alone", async () => {
  const { parent, watched, forgotten } = await startParent();
  expect([...watched, forgotten].every(groupRuns)).toBe(true);
  parent.kill("SIGKILL");
  await eventually(() => !watched.some(groupRuns));
  expect(groupRuns(forgotten)).toBe(true);
  process.kill(-forgotten, "SIGKILL");
});

test("closing it ends what is still watched", async () => {
  const { parent, watched, forgotten } = await startParent();
  parent.stdin.write("close\n");
  await eventually(() => !watched.some(groupRuns));
  process.kill(-forgotten, "SIGKILL");
  parent.kill("SIGKILL");
});
