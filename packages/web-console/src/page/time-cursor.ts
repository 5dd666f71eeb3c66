/** The one time that all plots point at: where the pointer is, else what the address has as `?t=`. */
import { useSyncExternalStore } from "react";
import { setUrl } from "./url-state.ts";

let hoverMs: number | undefined;
const listeners = new Set<() => void>();

/** Points at a time (by the cluster's clock, milliseconds since 1970) while the pointer is there. */
export function pointAt(timeMs: number | undefined): void {
  if (hoverMs === timeMs) return;
  hoverMs = timeMs;
  for (const listener of listeners) listener();
}

/** Keeps it in the address, where a link takes others; the same again, or none, takes it out. */
export function pinTime(timeMs: number | undefined): void {
  const text = timeMs === undefined ? undefined : String(Math.round(timeMs));
  setUrl({ t: text === new URLSearchParams(location.search).get("t") ? undefined : text });
}

/** Where plots point now, to be read while drawing. */
export function pointedMs(): number | undefined {
  if (hoverMs !== undefined) return hoverMs;
  const pinned = new URLSearchParams(location.search).get("t");
  return pinned === null || pinned === "" || !Number.isFinite(Number(pinned)) ? undefined : Number(pinned);
}

export function usePointed(): number | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      addEventListener("popstate", listener);
      return () => {
        listeners.delete(listener);
        removeEventListener("popstate", listener);
      };
    },
    () => pointedMs(),
  );
}
