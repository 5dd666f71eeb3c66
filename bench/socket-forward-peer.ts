/** The node of `socket-forward`: a peer with one server process behind it, which counts what it gets. */
import { spawn as spawnProcess } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { register, type TaskRef } from "skein";
import { createPeer } from "@skein/runtime";
import { installedPlatform } from "@skein/runtime/host";
// The bench stands in for the node's own starting of server processes, so it uses its link directly.
import { socketLink } from "../packages/node-server/src/links/socketpair.ts";

const platform = installedPlatform();
if (platform === undefined) throw new Error("skein installs Node's platform");
const peer = await createPeer(platform, { listen: ["127.0.0.1:0"] });
const script = fileURLToPath(new URL("./socket-server-peer.ts", import.meta.url));
const child = spawnProcess(process.execPath, [script, peer.id], { stdio: ["pipe", "inherit", "inherit", "pipe"] });
const pipe = child.stdio[3];
if (!(pipe instanceof Socket)) throw new Error("no socketpair");
peer.attachServer(1, socketLink(pipe, "socketpair"), () => true);
const counter = new Promise<TaskRef<unknown>>((resolve) => {
  // The server process sends its task's reference when it is ready.
  peer.procedures.handle("bench.ready", { parse: (ref) => ref as TaskRef<unknown> }, (ref) => resolve(ref));
});
register("count", await counter);
console.log(await peer.invite({ roles: ["peer"] }));
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
