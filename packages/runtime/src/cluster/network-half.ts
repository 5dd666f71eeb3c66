/** What the functions of `on-demand.ts` stand for; importing this loads codec, schemas, peers and cluster. */
export { startPeerHost } from "../peer/peer.ts";
export { clusterActs } from "./acts.ts";
export { createClient } from "./client.ts";
export { watchCluster } from "./watch-cluster.ts";
