/** The keyboard's way around: `g` and then a page's letter, `/` to the search, `j` and `k` through a list, `?` for help. */
import { useEffect } from "react";
import { useLocation } from "wouter";
import type { View } from "../views/views.ts";

/** How long after `g` a letter counts. */
const CHORD_MS = 1500;

/** Views listen to these keys by {@link useListKeys}; called with each of them. */
export type ListKey = "down" | "up" | "open" | "select";

const LIST_KEYS: Readonly<Record<string, ListKey>> = { j: "down", k: "up", Enter: "open", x: "select" };
const listeners = new Set<(key: ListKey) => boolean>();

/** `listener` gets the keys that move through the list of a view; it says whether it took them. */
export function useListKeys(listener: (key: ListKey) => boolean): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}

export function useKeys(views: readonly View[], help: () => void): void {
  const [, go] = useLocation();
  useEffect(() => {
    let chordUntilMs = 0;
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // A question, or the list of keys, has them while it is open.
      if (document.querySelector("dialog[open]") !== null) return;
      const { key } = event;
      const chord = event.timeStamp < chordUntilMs;
      chordUntilMs = 0;
      if (chord) {
        const view = views.find((one) => one.key === key);
        if (view !== undefined) go(view.path);
        return;
      }
      if (key === "g") chordUntilMs = event.timeStamp + CHORD_MS;
      else if (key === "?") help();
      else if (key === "/" ? focusSearch() : tellList(key, event.target)) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [views, go, help]);
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>("input[type=search]");
  search?.focus();
  search?.select();
  return search !== null;
}

function tellList(key: string, target: EventTarget | null): boolean {
  const meant = LIST_KEYS[key];
  // Enter on a link or button is for that.
  if (meant === undefined || (key === "Enter" && isControl(target))) return false;
  return [...listeners].some((listener) => listener(meant));
}

const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("a, button, summary, dialog") !== null;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
