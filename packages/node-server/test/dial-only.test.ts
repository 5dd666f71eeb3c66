/** What a peer loads that listens nowhere, and that it reaches others all the same. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startPeer } from "@skein/node-server";

/** Joins by an invite, and prints the address of every module that is loaded for it, and how many peers there are. */
const PROGRAM = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  const { startPeer } = await import("./src/index.ts");
  const peer = await startPeer({ invite: process.argv.at(-1) });
  console.log(JSON.stringify({ peers: peer.peers().length, loaded }));
  await peer.close({ cancel: true });
`;

async function join(invite: string): Promise<{ readonly peers: number; readonly loaded: readonly string[] }> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", PROGRAM, "--", invite],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  return JSON.parse(stdout);
}

/** HTTP and WebSockets, multicast DNS, and what carries connections of others. */
const MORE = /^node:(?:https?|dgram)$|\/(?:ws|multicast-dns)\/|\/transports\/(?:web-sockets|mdns|relay)\.ts$/;

test("who only dials TCP loads no WebSockets, no multicast DNS and no relay server", async () => {
  await using peer = await startPeer({ listen: ["127.0.0.1:0"] });
  const { peers, loaded } = await join(await peer.invite({ roles: ["peer"] }));
  expect(peers).toBe(1);
  expect(loaded.filter((url) => MORE.test(url))).toEqual([]);
});

test("who only dials finds its way by WebSocket too, and its program ends when it has closed its peer", async () => {
  await using peer = await startPeer({ listen: ["ws://127.0.0.1:0"] });
  const { peers, loaded } = await join(await peer.invite({ roles: ["peer"] }));
  expect(peers).toBe(1);
  expect(loaded.some((url) => url.endsWith("/transports/web-sockets.ts"))).toBe(true);
});
