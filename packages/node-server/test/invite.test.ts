import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../src/free-port.ts";
import { ANY_PORTS, skein, startNode, startSkein, startUp, temporaryFolder, type WhenOver } from "./cli.ts";
import { fixture } from "./programs.ts";

const PORTS = ANY_PORTS.slice(0, 4);

const joinNode = async (
  invite: readonly string[],
  data: string,
  words: readonly string[] = [],
  whenOver: WhenOver = onTestFinished,
) => {
  const all = ["node", ...invite, "--json", "--data", data, "--servers", "1", ...PORTS, ...words];
  const node = startSkein(all, {}, undefined, whenOver);
  const joined: { peer: string; cluster: string } = JSON.parse(await node.line((line) => line.startsWith("{")));
  return { ...node, joined };
};

/** Three tasks run at the same time: at two servers of `skein up` and the one of the node that joined. */
async function expectMeeting(environment: NodeJS.ProcessEnv): Promise<void> {
  const client = startNode([fixture("meets.ts"), "3"], environment);
  expect(await client.exited, client.errors()).toMatchObject({ code: 0 });
  expect(client.lines).toEqual([JSON.stringify({ type: "met", servers: 3 })]);
}

const nodesOf = async (environment: NodeJS.ProcessEnv): Promise<string[]> => {
  const { stdout } = await skein(["status", "--json"], environment);
  const { nodes }: { nodes: { id: string }[] } = JSON.parse(stdout);
  return nodes.map((node) => node.id).toSorted();
};

/** What is over with the file. */
const ends: Parameters<WhenOver>[0][] = [];
const withTheFile: WhenOver = (end) => void ends.push(end);
let nodeIsGone: Promise<string> | undefined;

// A node's death is told at once where nothing was under way, else after its linger of 30 s: the other tests run meanwhile.
beforeAll(async () => {
  const up = await startUp([], temporaryFolder(withTheFile), ANY_PORTS, {}, withTheFile);
  const node = await joinNode([up.up.invite], temporaryFolder(withTheFile), [], withTheFile);
  const status = startSkein(["status", "--watch", "--json"], up.environment, undefined, withTheFile);
  const shows = (nodes: number) => (line: string) => (JSON.parse(line) as { nodes: unknown[] }).nodes.length === nodes;
  await status.line(shows(2));
  node.child.kill("SIGKILL");
  await node.exited;
  nodeIsGone = status.line(shows(1));
  nodeIsGone.catch(() => undefined);
});

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

test("a second machine joins by an invite, works, and joins again without one", async () => {
  const up = await startUp();
  const data = temporaryFolder();
  const node = await joinNode([up.up.invite], data, ["--name", "second"]);
  expect(node.joined.cluster).toBe(up.up.cluster);
  expect(await nodesOf(up.environment)).toEqual([up.up.peer, node.joined.peer].toSorted());
  await expectMeeting(up.environment);
  node.child.kill("SIGTERM");
  expect(await node.exited).toMatchObject({ code: 0 });
  const again = await joinNode([], data);
  expect(again.joined.peer).toBe(node.joined.peer);
  expect(await nodesOf(up.environment)).toEqual([up.up.peer, node.joined.peer].toSorted());
});

test("a node stays, and joins again, while skein up is killed and started anew", async () => {
  const data = temporaryFolder();
  const tcp = await freePort("127.0.0.1", 24_100);
  const ports = ["--listen", `127.0.0.1:${tcp}`];
  const up = await startUp(ports, data, ["--console-port", "0"]);
  const node = await joinNode([up.up.invite], temporaryFolder());
  up.child.kill("SIGKILL");
  await up.exited;
  const again = await startUp(ports, data, ["--console-port", "0"]);
  await vi.waitFor(async () => expect(await nodesOf(again.environment)).toContain(node.joined.peer), {
    timeout: 40_000,
    interval: 500,
  });
  await expectMeeting(again.environment);
});

test("an invite is good once, and those of another cluster are not", async () => {
  const [up, other] = await Promise.all([startUp(), startUp()]);
  await joinNode([up.up.invite], temporaryFolder());
  const used = await skein(["node", up.up.invite, "--data", temporaryFolder(), ...PORTS]);
  expect(used).toMatchObject({ code: 3, stderr: expect.stringContaining("INVITE_USED") });
  const forged = other.up.invite.slice(0, -4) + "AAAA";
  expect(await skein(["node", forged, "--data", temporaryFolder(), ...PORTS])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("NOT_A_MEMBER"),
  });
  expect(await skein(["node", "--data", temporaryFolder(), ...PORTS])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("skein node INVITE"),
  });
});

test("a program elsewhere is a client by an invite of that role, and a browser has the link of one", async () => {
  const up = await startUp();
  const made = await skein(["invite", "--role", "client", "--uses", "1", "--for", "5m", "--json"], up.environment);
  const { invite, id, roles }: { invite: string; id: string; roles: string[] } = JSON.parse(made.stdout);
  expect(roles).toEqual(["client"]);
  const elsewhere = { SKEIN_DATA: temporaryFolder() };
  expect(await skein(["run", "--on", invite, fixture("squares.ts"), "5"], elsewhere)).toMatchObject({ code: 0 });
  const status = await skein(["status", "--on", invite], elsewhere);
  expect(status).toMatchObject({ code: 0 });
  // For one user it is good again: what it gave is kept. For another it is used up.
  expect(await skein(["status", "--on", invite], elsewhere)).toMatchObject({ code: 0 });
  const other = { SKEIN_DATA: temporaryFolder() };
  expect(await skein(["status", "--on", invite], other)).toMatchObject({ code: 3 });

  // Who runs the cluster sees who joined by it, and ends it with them.
  const { stdout } = await skein(["invite", "--list", "--json"], up.environment);
  const listed: { id: string; state: string; joined: unknown[] }[] = stdout.split("\n").map((line) => JSON.parse(line));
  expect(listed.find((one) => one.id === id)).toMatchObject({ state: "used", joined: [{ peer: expect.any(String) }] });
  expect(await skein(["revoke", id], up.environment)).toMatchObject({ code: 0 });
  expect(await skein(["status", "--on", invite], elsewhere)).toMatchObject({ code: 3 });

  const tabs = await skein(["invite", "--role", "tab", "--about", "a film", "--json"], up.environment);
  const { link }: { link: string } = JSON.parse(tabs.stdout);
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/join#skein:/);
  const page = await fetch(link);
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("set-cookie")).toBeNull();
  await page.body?.cancel();
});

test("an invite for a machine is not used up by a program, which is told which one it needs", async () => {
  const up = await startUp();
  const ran = await skein(["run", "--on", up.up.invite, fixture("squares.ts"), "5"]);
  expect(ran).toMatchObject({ code: 1, stdout: "" });
  expect(ran.stderr).toMatch(
    /^skein: this invite is for the role node, .* \(ROLE_FORBIDS\)\n.*skein invite --role client\n/,
  );
  const node = await joinNode([up.up.invite], temporaryFolder());
  expect(node.joined.cluster).toBe(up.up.cluster);
});

test("an invite that only this machine can use says so", async () => {
  const up = await startUp();
  expect(up.up.onlyThisMachine).toBe(true);
  const shown = await skein(["invite"], up.environment);
  expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining("skein up --listen 0.0.0.0:4100") });
  const { stdout } = await skein(["invite", "--json"], up.environment);
  expect(JSON.parse(stdout)).toMatchObject({ onlyThisMachine: true });
});

test("a node that is killed is gone from the status", async () => {
  await nodeIsGone;
});
