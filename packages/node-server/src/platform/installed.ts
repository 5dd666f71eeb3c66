/** The platform of this process: installed once, with libp2p's parts loaded when a peer is made. */
import type { NetworkParts, NetworkWishes, Platform } from "@skein/runtime";
import { installedPlatform, installPlatform } from "@skein/runtime/host";
import { createNodePlatform } from "./node-platform.ts";

/** Installs Node's platform where none is, and gives the installed one. */
export function nodePlatform(): Platform {
  const installed = installedPlatform();
  if (installed !== undefined) return installed;
  const platform = createNodePlatform({ network });
  installPlatform(platform);
  return platform;
}

async function network(wishes: NetworkWishes): Promise<NetworkParts> {
  const { nodeNetwork } = await import("../transports/index.ts");
  return await nodeNetwork(wishes);
}
