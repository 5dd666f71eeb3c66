/** Where views and questions of tasks stand in the page. */
import { unavailable } from "./ability.ts";

export interface TaskArea {
  /** Puts an element into the area; what it gives takes it out. */
  add(element: HTMLElement): () => void;
}

/** The page's element with the attribute `data-skein-tasks`; else the end of its body. */
export function pageTaskArea(): TaskArea {
  return {
    add: (element) => {
      const place = document.querySelector("[data-skein-tasks]") ?? document.body;
      // Its types do not know of documents that are still being read.
      if ((place as Element | null) === null) throw unavailable("show", "this page has no body yet");
      place.append(element);
      return () => element.remove();
    },
  };
}
