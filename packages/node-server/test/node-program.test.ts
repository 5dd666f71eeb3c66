import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "@skein/node-server";
import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../src/config.ts";
import { startNodeServer } from "../src/node-server.ts";
import { readUpState } from "../src/up-state.ts";
import { skein, startNode, startSkein, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";
import { eventually, runs } from "./processes.ts";

interface Status {
  readonly nodes: readonly { readonly name: string }[];
  readonly servers: readonly { readonly state: string; readonly job?: string }[];
}

const statusOf = async (environment: NodeJS.ProcessEnv): Promise<Status> =>
  JSON.parse((await skein(["status", "--json"], environment)).stdout);

test("servers that a job does not use any more are asked back, and it gets others when it wants them", async () => {
  const up = await startUp(["--zombie-ms", "1000"]);
  const idle = startNode([fixture("idle-job.ts"), "2"], up.environment);
  await idle.line((line) => line.includes("used"));
  await vi.waitFor(
    async () => expect((await statusOf(up.environment)).servers.map(({ job }) => job)).toEqual([undefined, undefined]),
    { timeout: 40_000, interval: 200 },
  );
  idle.child.stdin?.end();
  await idle.line((line) => line.includes("again"));
  expect(await idle.exited).toMatchObject({ code: 0 });
});

test("outside its hours a node is a member without servers", async () => {
  const up = await startUp();
  const hour = new Date().getHours();
  const at = (later: number): string => `${String((hour + later) % 24).padStart(2, "0")}:00`;
  const hours = ["--service-start", at(2), "--service-stop", at(3), "--service-end", at(4)];
  const words = ["--data", temporaryFolder(), "--servers", "1", "--name", "night", "--json", "--log", "info"];
  const node = startSkein(["node", up.up.invite, ...words, ...hours]);
  await node.line((line) => line.startsWith("{"));
  expect((await statusOf(up.environment)).nodes.map(({ name }) => name)).not.toContain("night");
  node.child.kill("SIGTERM");
  expect(await node.exited).toMatchObject({ code: 0 });
});

test("a node that takes no new work lets what runs end, and works again when it is told to", async () => {
  const up = await startUp(["--servers", "1"]);
  const words = { servers: "1", name: "held", data: temporaryFolder(), listen: ["127.0.0.1:0"] };
  const node = await startNodeServer(readConfig({ flags: words }), silentLogger, { invite: up.up.invite });
  onTestFinished(() => node.close());
  const holds = (): boolean => node.status().node?.servers.some(({ job }) => job !== undefined) === true;
  const client = startNode([fixture("squares.ts"), "60", "100"], up.environment);
  await eventually(holds, 30_000);
  node.hold();
  await node.idle();
  expect([holds(), node.status().holding]).toEqual([false, true]);
  node.release();
  await eventually(holds, 30_000);
  const done: unknown = JSON.parse(await client.line((line) => line.includes("done")));
  expect(done).toMatchObject({ sum: 70_210, retried: 0 });
});

test("in the background a command runs on when it has ended, and --clean ends it and what it left", async () => {
  const data = temporaryFolder();
  const words = ["scheduler", "--data", data, "--listen", "127.0.0.1:0", "--daemon"];
  const { stdout } = await skein(words);
  // What it would have said in the foreground, and how it ends.
  expect(stdout).toMatch(/ schedules\.\n\n {2}machine {2}.*skein scheduler --listen/);
  expect(stdout).toContain(`Its log is ${join(data, "skein.log")}`);
  const first = { pid: Number(/kill (\d+) ends it/.exec(stdout)?.[1]), peer: readUpState(data)?.peer };
  onTestFinished(() => end(first.pid));
  expect(runs(first.pid)).toBe(true);
  expect(await skein(words)).toMatchObject({ code: 2, stderr: expect.stringContaining("in use") });
  mkdirSync(join(data, "code"), { recursive: true });
  writeFileSync(join(data, "code", "left.mjs"), "");
  const second: { readonly pid: number; readonly peer: string } = JSON.parse(
    (await skein([...words, "--clean", "--json"])).stdout,
  );
  onTestFinished(() => end(second.pid));
  expect(second.peer).toBe(first.peer);
  expect([runs(first.pid), runs(second.pid)]).toEqual([false, true]);
  expect(existsSync(join(data, "code", "left.mjs"))).toBe(false);
  expect(readdirSync(data)).toContain("skein.log");
  end(second.pid);
  await eventually(() => !runs(second.pid), 30_000);
});

test("in the background a node that waits for a scheduler is ready, and says that it waits", async () => {
  const words = ["node", "--json", "--data", temporaryFolder(), "--listen", "127.0.0.1:0", "--no-discover", "--daemon"];
  const { code, stdout } = await skein(words, { SKEIN_SECRET: "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf" });
  const line: { readonly pid: number; readonly waiting?: boolean } = JSON.parse(stdout);
  onTestFinished(() => end(line.pid));
  expect([code, line.waiting, runs(line.pid)]).toEqual([0, true, true]);
  end(line.pid);
  await eventually(() => !runs(line.pid), 30_000);
});

test("what can't start in the background says why, with the exit code of what it is", async () => {
  const ended = await skein(["node", "--daemon", "--data", temporaryFolder()]);
  expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("NO_CLUSTER") });
});

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended.
  }
}
