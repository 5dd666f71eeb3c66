/**
 * The page's identity over a reload: it joins again as the peer that it was, and uses up no further invite. It is in the
 * tab's own storage only while the page is away, so that a copy of the tab is another peer.
 */
import { memoryPeerStore, type PeerStore } from "@skein/runtime";

type PeerState = Awaited<ReturnType<PeerStore["load"]>>;

const keyOf = (cluster: string): string => `skein.peer.${cluster}`;

/** What was left here by the page before a reload, taken out; and left again when this page goes. */
export function keptPeer(storage: () => Storage, cluster: string): PeerStore & { forget(): void } {
  let state = take(storage, cluster);
  let forgotten = false;
  addEventListener("pagehide", () => {
    if (!forgotten) put(storage, cluster, state);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) take(storage, cluster);
  });
  return {
    ...memoryPeerStore(),
    load: async () => state,
    save: async (change) => {
      state = { ...state, ...change };
    },
    forget: () => {
      forgotten = true;
      state = {};
    },
  };
}

function take(storage: () => Storage, cluster: string): PeerState {
  try {
    const text = storage().getItem(keyOf(cluster));
    storage().removeItem(keyOf(cluster));
    // Written below, by a page of this origin.
    return text === null ? {} : (JSON.parse(text, revive) as PeerState);
  } catch {
    return {};
  }
}

function put(storage: () => Storage, cluster: string, state: PeerState): void {
  try {
    storage().setItem(keyOf(cluster), JSON.stringify(state, replace));
  } catch {
    // Where nothing may be kept, a reload joins as somebody new.
  }
}

const replace = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { bytes: [...value] } : value;

const revive = (_key: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null || !("bytes" in value) || !Array.isArray(value.bytes)) return value;
  return Uint8Array.from(value.bytes.filter((byte) => typeof byte === "number"));
};
