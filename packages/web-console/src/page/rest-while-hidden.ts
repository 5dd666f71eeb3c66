/** A page that nobody sees looks at nothing for long: what is shown on it is then not collected anywhere. */
import { MINUTE_MS, SECOND_MS, type Topic } from "@skein/runtime";
import type { ClusterStore } from "../model/store.ts";

/** Who looks at another tab for a moment finds everything as it was. */
const REST_AFTER_MS: number = 10 * SECOND_MS;
/** Log lines that nobody asked for in time are gone: they are followed longer. */
const LOGS_REST_AFTER_MS: number = 10 * MINUTE_MS;

const isLogs = (topic: Topic): boolean => topic.startsWith("logs:");

/** A document, as far as it matters here. */
export interface HidingPage {
  readonly visibilityState: DocumentVisibilityState;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

/** Until the returned function is called. */
export function restWhileHidden(store: Pick<ClusterStore, "rest">, page: HidingPage = document): () => void {
  const timers: ReturnType<typeof setTimeout>[] = [];
  const stop = (): void => {
    for (const timer of timers.splice(0)) clearTimeout(timer);
  };
  const changed = (): void => {
    stop();
    if (page.visibilityState === "hidden") {
      timers.push(
        setTimeout(() => store.rest((topic) => !isLogs(topic)), REST_AFTER_MS),
        setTimeout(() => store.rest(() => true), LOGS_REST_AFTER_MS),
      );
    } else store.rest(() => false);
  };
  page.addEventListener("visibilitychange", changed);
  changed();
  return () => {
    page.removeEventListener("visibilitychange", changed);
    stop();
  };
}
