/** Where views and questions of tasks stand in the page, each with whose task it is. */
import { unavailable } from "./ability.ts";

export interface TaskArea {
  /** Puts what a task `asks` or `shows` into the area; what it gives takes it out. */
  add(element: HTMLElement, what: "asks" | "shows"): () => void;
}

/** The page's element with the attribute `data-skein-tasks`; else the end of its body. `who` is the client's name. */
export function pageTaskArea(who: () => string): TaskArea {
  return {
    add: (element, what) => {
      const place = document.querySelector("[data-skein-tasks]") ?? document.body;
      // Its types do not know of documents that are still being read.
      if ((place as Element | null) === null) throw unavailable("show", "this page has no body yet");
      const card = document.createElement("section");
      const words = document.createElement("p");
      // As text, whatever is in the name: nobody is to take it for a word of the page.
      words.textContent = `A task of ${who()} ${what}:`;
      card.ariaLabel = words.textContent;
      card.style.overflowWrap = "anywhere";
      card.append(words, element);
      place.append(card);
      return () => card.remove();
    },
  };
}
