/** Short words about what was done or could not be: shown for a while, newest last. */
import { useSyncExternalStore } from "react";

export interface Notice {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly text: string;
}

const NOTICE_LIMIT = 4;
/** Long enough to be read twice; what failed stays longer. */
const SHOWN_MS = { done: 5000, failed: 15_000 } as const;

let notices: readonly Notice[] = [];
let made = 0;
const listeners = new Set<() => void>();

export function tell(kind: Notice["kind"], text: string): void {
  made += 1;
  const notice = { id: made, kind, text };
  set([...notices, notice].slice(-NOTICE_LIMIT));
  setTimeout(() => dismiss(notice.id), SHOWN_MS[kind]);
}

export function dismiss(id: number): void {
  if (notices.some((notice) => notice.id === id)) set(notices.filter((notice) => notice.id !== id));
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => notices);
}

function set(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
