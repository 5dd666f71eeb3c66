/** Peers of one test file, on a network in memory of their own; they are closed after each test. */
import { afterEach } from "vitest";
import { createPeer } from "../src/peer/peer.ts";
import type { PeerHost, PeerOptions } from "../src/peer/peer-host.ts";
import type { Platform } from "../src/platform.ts";
import { createRuntime } from "../src/task/runtime.ts";
import { createHostPlatform, installHostPlatform } from "../src/testing/host-platform.ts";
import { createMemoryNetwork, type MemoryNetwork } from "../src/testing/memory-network.ts";

export interface MemoryPeers extends MemoryNetwork {
  readonly platform: Platform;
  /** One more, each at a place and with a runtime of its own. */
  readonly peerIn: (options?: PeerOptions) => Promise<PeerHost>;
}

export function memoryPeers(): MemoryPeers {
  installHostPlatform();
  const platform = createHostPlatform();
  const memory = createMemoryNetwork(platform);
  const opened: PeerHost[] = [];
  let places = 0;
  afterEach(async () => {
    for (const peer of opened.splice(0)) await peer.close({ cancel: true });
  });
  return {
    ...memory,
    platform,
    peerIn: async (options = {}) => {
      places += 1;
      const listen = [`/memory/${places}`];
      const runtime = createRuntime({ platform });
      const peer = await createPeer(platform, { listen, network: memory.network, runtime, ...options });
      opened.push(peer);
      return peer;
    },
  };
}
