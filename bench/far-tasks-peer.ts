/** Second process of the remote benches: a peer with tasks that echo and count, and a service. */
import { register, service, spawn, startPeer } from "skein";
import { count, echo, square } from "./far-tasks-peer-parts.ts";

/** Where it listens and is reached, and whose cluster it joins; it prints an invite of its own cluster, else its address. */
export interface FarOptions {
  readonly port?: string;
  readonly announced?: string;
  readonly invite?: string;
}

// The bench's first process writes this argument.
const { port = "0", announced, invite } = JSON.parse(process.argv[2] ?? "{}") as FarOptions;
const peer = await startPeer({
  listen: [`127.0.0.1:${port}`],
  ...(announced === undefined ? {} : { announce: [`127.0.0.1:${announced}`] }),
  ...(invite === undefined ? {} : { invite }),
});
register("echo", spawn(echo, [], { mailboxLimit: 1_000_000 }));
register("count", spawn(count, [], { mailboxLimit: 1_000_000 }));
register("square", service("square", square));
console.log(invite === undefined ? await peer.invite({ roles: ["peer"], uses: 2 }) : peer.location.addresses[0]);
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
