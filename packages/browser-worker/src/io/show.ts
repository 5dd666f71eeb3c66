/** The ability `show`: small views of tasks in the page, each in a sandboxed frame that runs no script of theirs. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_EVENTS_KEPT, ABILITY_TEXT_LIMIT, ABILITY_VIEWS_LIMIT } from "@skein/runtime/host";
import { type Ability, textOf, wrong } from "./ability.ts";
import { END, KeptValues } from "./kept-values.ts";
import type { TaskArea } from "./task-area.ts";
import { VIEW_PAGE } from "./view-page.ts";

interface View {
  readonly port: MessagePort;
  readonly remove: () => void;
  readonly events: KeptValues;
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
    view.events.end();
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
        return (await viewOf(id)?.events.next(signal)) ?? END;
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
  const view: View = { port, remove: area.add(frame, "shows"), events: new KeptValues(ABILITY_EVENTS_KEPT) };
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => view.events.push(data));
  port.start();
  return view;
}

const tooMany = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `these tasks have ${ABILITY_VIEWS_LIMIT} views open already`, {
    hint: "close one, or update it",
  });
