import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ANY_PORTS, skein, startUp, temporaryFolder } from "./cli.ts";
import { THROUGH, throughOf, tryToGetOut } from "./isolation-expected.ts";
import { makeTargets, SECRET_VARIABLE } from "./isolation-targets.ts";

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
