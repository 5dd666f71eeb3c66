import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ANY_PORTS, skein, startNode, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";
import { THROUGH, throughOf, tryToGetOut } from "./isolation-expected.ts";
import { makeTargets, SECRET_VARIABLE } from "./isolation-targets.ts";
import { descendants, eventually } from "./processes.ts";

const isRoot = process.getuid?.() === 0;
const hasBubblewrap = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]).status === 0;

/** A `skein up` whose environment has a secret, and an invite for somebody who is not its owner. */
async function startGuests(words: readonly string[]) {
  const up = await startUp(["--servers", "1", ...words], temporaryFolder(), ANY_PORTS, { [SECRET_VARIABLE]: "x" });
  const { stdout } = await skein(["invite", "--role", "client", "--json"], up.environment);
  const { invite }: { invite: string } = JSON.parse(stdout);
  return { up, guest: { SKEIN_CLUSTER: invite } };
}

async function through(isolation: keyof typeof THROUGH): Promise<readonly string[]> {
  await using made = await makeTargets();
  const { up, guest } = await startGuests(["--isolation", isolation]);
  const results = await tryToGetOut({ ...made.targets, node: up.pid }, guest);
  expect(Object.keys(results)).toHaveLength(43);
  expect(made.changes()).toEqual([]);
  return throughOf(results);
}

test("code of others runs guarded unless the node says otherwise: it reads, writes and starts nothing of the node", async () => {
  expect((await through("guarded")).toSorted()).toEqual(THROUGH.guarded.toSorted());
});

test.skipIf(!isRoot)(
  "with users of their own, processes don't reach the node's sockets and processes either",
  async () => {
    expect((await through("uid")).toSorted()).toEqual(THROUGH.uid.toSorted());
  },
);

test.skipIf(!hasBubblewrap)("sealed code gets nowhere", async () => {
  expect(await through("sealed")).toEqual([]);
});

/** What came of each wish, by the client that `environment` makes. */
async function wishesOf(environment: NodeJS.ProcessEnv, wishes: readonly object[], paths: readonly string[] = []) {
  const client = startNode([fixture("wishes.ts"), JSON.stringify(wishes), ...paths], environment);
  expect(await client.exited).toMatchObject({ code: 0 });
  return client.lines.map((line): unknown => JSON.parse(line));
}

test("what a job asks for and the node offers is met before anything starts, and the owner's code is trusted", async () => {
  const folder = temporaryFolder();
  for (const name of ["data", "database"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a"), name);
  }
  const data = join(folder, "data");
  const paths = [join(data, "a"), join(folder, "database", "a")];
  const { up, guest } = await startGuests(["--allow", `read=${data}`, "--allow", "run"]);
  const wishes = [
    {},
    { allow: { read: [data], run: true } },
    { isolation: "sealed" },
    { allow: { write: [data], addons: true } },
    { allow: { read: ["data"] } },
  ];
  const confined = { reads: [], writes: [], run: false, threads: false, signals: false, home: true };
  expect(await wishesOf(guest, wishes, paths)).toEqual([
    confined,
    { ...confined, reads: [paths[0]], run: true, signals: true },
    { code: "ISOLATION_FORBIDS", message: expect.stringContaining("it runs code guarded, not sealed") },
    { code: "ISOLATION_FORBIDS", message: expect.stringContaining(`it does not allow write ${data}, addons`) },
    { code: "OPTION_INVALID", message: expect.stringContaining("no absolute path") },
  ]);
  const trusted = { reads: paths, writes: paths, run: true, threads: true, signals: true, home: false };
  expect(await wishesOf(up.environment, [{}, { isolation: "guarded" }], paths)).toEqual([trusted, confined]);
  // Of folders there are those of the server and of the spare; what the ended ones had is gone.
  const servers = (): number =>
    descendants(up.pid).filter(({ command }) => /skein server|server-process/.test(command)).length;
  await eventually(() => readdirSync(join(up.data, "servers")).length === servers());
});

test("tasks that run away take nobody with them: each ends with a reason, good ones beside them succeed", async () => {
  const { up, guest } = await startGuests(["--servers", "2", "--server-memory", "256m", "--server-disk", "32m"]);
  const bad = ["loop", "buffers", "fork", "descriptors", "disk", "abort"];
  const client = startNode([fixture("bad-beside-good.ts"), "200", ...bad], guest);
  expect(await client.exited).toMatchObject({ code: 0 });
  expect(JSON.parse(client.lines.at(-1) ?? "")).toMatchObject({
    right: 200,
    counters: { done: 200, retried: 0 },
    ends: {
      loop: "TIMEOUT",
      buffers: "SERVER_OUT_OF_MEMORY",
      fork: "ERR_ACCESS_DENIED",
      descriptors: expect.stringContaining("EMFILE"),
      disk: "SERVER_LOST",
      abort: "SERVER_LOST",
    },
  });
  expect(up.child.exitCode).toBe(null);
});
