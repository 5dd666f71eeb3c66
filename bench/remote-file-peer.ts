/** Second process of the file bench: a peer that takes files into a folder. */
import { startPeer } from "skein";

const peer = await startPeer({ listen: ["127.0.0.1:0"], files: process.argv[2] ?? "" });
console.log(JSON.stringify({ location: peer.location, invite: await peer.invite({ roles: ["peer"] }) }));
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
