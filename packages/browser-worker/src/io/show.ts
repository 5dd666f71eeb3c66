/** The ability `show`: small views of tasks in the page, each in a sandboxed frame that runs no script of theirs. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_EVENTS_KEPT, ABILITY_TEXT_LIMIT, ABILITY_VIEWS_LIMIT } from "@skein/runtime/host";
import { type Ability, textOf, wrong } from "./ability.ts";
import type { TaskArea } from "./task-area.ts";
import { VIEW_PAGE } from "./view-page.ts";

type Step = { readonly done: false; readonly value: unknown } | { readonly done: true; readonly value: undefined };
const END: Step = { done: true, value: undefined };

interface View {
  readonly port: MessagePort;
  readonly remove: () => void;
  readonly events: unknown[];
  /** Readers that wait for an event. */
  readonly readers: Set<(step: Step) => void>;
}

export function showAbility(area: TaskArea): Ability {
  const views = new Map<number, View>();
  let last = 0;
  const close = (id: number): void => {
    const view = views.get(id);
    if (view === undefined) return;
    views.delete(id);
    view.remove();
    view.port.close();
    for (const reader of view.readers) reader(END);
  };
  const viewOf = (id: unknown): View | undefined => (typeof id === "number" ? views.get(id) : undefined);
  return {
    calls: {
      open: async ([html]) => {
        const text = textOf(html, "the view", ABILITY_TEXT_LIMIT);
        if (views.size >= ABILITY_VIEWS_LIMIT) throw tooMany();
        views.set((last += 1), openView(text, area));
        return last;
      },
      update: async ([id, html]) => {
        const view = viewOf(id);
        if (view === undefined) throw wrong("that view is closed");
        view.port.postMessage(textOf(html, "the view", ABILITY_TEXT_LIMIT), []);
        return undefined;
      },
      next: async ([id], signal) => {
        const view = viewOf(id);
        if (view === undefined) return END;
        if (view.events.length > 0) return { done: false, value: view.events.shift() } satisfies Step;
        return await new Promise<Step>((resolve, reject) => {
          view.readers.add(resolve);
          signal.addEventListener("abort", () => {
            view.readers.delete(resolve);
            reject(signal.reason);
          });
        });
      },
      close: async ([id]) => {
        if (typeof id === "number") close(id);
        return undefined;
      },
    },
    end: () => {
      for (const id of views.keys()) close(id);
    },
  };
}

function openView(html: string, area: TaskArea): View {
  const { port1: port, port2 } = new MessageChannel();
  const frame = document.createElement("iframe");
  // Without `allow-same-origin`: it is of no origin, and reaches nothing of this page.
  frame.setAttribute("sandbox", "allow-scripts allow-forms");
  frame.title = "a task's view";
  frame.srcdoc = VIEW_PAGE;
  frame.addEventListener("load", () => frame.contentWindow?.postMessage(html, "*", [port2]), { once: true });
  const view: View = { port, remove: area.add(frame), events: [], readers: new Set() };
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const [reader] = view.readers;
    if (reader !== undefined) {
      view.readers.delete(reader);
      return reader({ done: false, value: data });
    }
    view.events.push(data);
    if (view.events.length > ABILITY_EVENTS_KEPT) view.events.shift();
  });
  port.start();
  return view;
}

const tooMany = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `these tasks have ${ABILITY_VIEWS_LIMIT} views open already`, {
    hint: "close one, or update it",
  });
