/** What the page asks before it does something that can't be undone: one question at a time. */
import { useSyncExternalStore } from "react";

export interface Question {
  /** What is asked: "Cancel job words?" */
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly effect: string;
  /** What the button that does it says: "Cancel job". */
  readonly verb: string;
}

interface Asked extends Question {
  readonly answer: (yes: boolean) => void;
}

let asked: Asked | undefined;
const listeners = new Set<() => void>();

/** Resolves with whether it was confirmed; an earlier question that is open is answered with no. */
export function ask(question: Question): Promise<boolean> {
  asked?.answer(false);
  return new Promise((resolve) => {
    set({
      ...question,
      answer: (yes) => {
        set(undefined);
        resolve(yes);
      },
    });
  });
}

export function useQuestion(): Asked | undefined {
  return useSyncExternalStore(subscribe, () => asked);
}

function set(next: Asked | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
