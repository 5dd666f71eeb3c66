/** Second process of the remote benches: a peer with an echoing task and one that counts. */
import { register, spawn, startPeer } from "skein";
import { count, echo } from "./far-tasks-peer-parts.ts";

const peer = await startPeer({ listen: ["127.0.0.1:0"] });
register("echo", spawn(echo, [], { mailboxLimit: 1_000_000 }));
register("count", spawn(count, [], { mailboxLimit: 1_000_000 }));
console.log(await peer.invite({ roles: ["peer"] }));
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
