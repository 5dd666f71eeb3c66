/** What the page shows instead of its cluster, while a recording is open; and what it records meanwhile. */
import { useSyncExternalStore } from "react";
import { Recorder } from "../record/recorder.ts";
import type { Replay } from "../record/replay.ts";

/** Of this page: it records from the first news on. */
export const pageRecorder: Recorder = new Recorder();

let open: Replay | undefined;
const listeners = new Set<() => void>();

/** Shows a recording; with none, the cluster again. */
export function showReplay(replay: Replay | undefined): void {
  open?.[Symbol.dispose]();
  open = replay;
  for (const listener of listeners) listener();
}

export function useReplay(): Replay | undefined {
  return useSyncExternalStore(subscribe, () => open);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
