/** A peer of a Node process: it keeps the process alive until it is closed, also while it has no connection. */
import { createPeer, memoryPeerStore, type PeerHost, type PeerOptions } from "@skein/runtime";
import { tellAboutHost } from "./about-host.ts";
import { listenError } from "./listen-error.ts";
import { nodePlatform } from "./platform/installed.ts";

/** Longest interval of a host timer; it only keeps the event loop. */
const FOREVER_MS = 0x7f_ff_ff_ff;

/**
 * Starts a peer on this process's platform. Timers of reconnects don't keep a process alive, so without this a program
 * that waits for a lost cluster would just end.
 *
 * Errors: as those of `createPeer`; `OPTION_INVALID` when it can't listen on an address.
 */
export async function createNodePeer(options: PeerOptions): Promise<PeerHost> {
  const alive = setInterval(() => {}, FOREVER_MS);
  const { store = memoryPeerStore() } = options;
  const close = (): void => {
    clearInterval(alive);
    store.close?.();
  };
  try {
    const peer = await createPeer(nodePlatform(), {
      ...options,
      store: { load: () => store.load(), save: (change) => store.save(change), close },
    });
    tellAboutHost(peer);
    return peer;
  } catch (error) {
    close();
    throw listenError(error);
  }
}
