/** The server process of `socket-forward`: a task that counts, behind the node. */
import { Socket } from "node:net";
import { runtime, spawn, type PeerId } from "skein";
import { createServerRouter } from "@skein/runtime/network";
import { socketLink } from "../packages/node-server/src/links/socketpair.ts";
import { count } from "./far-tasks-peer-parts.ts";

// The node gives its own id as the first argument.
const peer = process.argv[2] as PeerId;
const link = socketLink(new Socket({ fd: 3, readable: true, writable: true }), "socketpair");
const { procedures, closed } = createServerRouter({ runtime, link, self: { peer, server: 1 } });
const counter = spawn(count, [], { mailboxLimit: 1_000_000, background: true });
procedures.notify({ peer, server: 0 }, "bench.ready", counter.ref);
await closed;
process.exit(0);
