/** The keyboard's way around: `g` and then a page's letter. */
import { useEffect } from "react";
import { useLocation } from "wouter";
import type { View } from "../views/views.ts";

/** How long after `g` a letter counts. */
const CHORD_MS = 1500;

export function useKeys(views: readonly View[]): void {
  const [, go] = useLocation();
  useEffect(() => {
    let chordUntilMs = 0;
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "g") {
        chordUntilMs = event.timeStamp + CHORD_MS;
        return;
      }
      const view = event.timeStamp < chordUntilMs ? views.find(({ key }) => key === event.key) : undefined;
      chordUntilMs = 0;
      if (view !== undefined) go(view.path);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [views, go]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
