/** While it serves: how it stands, what runs now and for whom, what was given, and Stop. */
import type { PauseReason } from "../tab/pauses.ts";
import type { TabStatus, TabTask } from "../tab-node/tab-work.ts";
import { button, choice, element, terms } from "./elements.ts";
import { grantedWords } from "./grants.ts";
import { mostWorkers, type Settings } from "./settings.ts";
import { bytesText, count, durationText } from "./words.ts";

export interface ServingOptions {
  readonly settings: Settings;
  readonly cores: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly stop: () => void;
  readonly pause: (on: boolean) => void;
  readonly change: (settings: Settings) => void;
  readonly forget: () => void;
}

/** How a tab stands, for its view: also that it waits for an update of the page. */
export interface PageStatus extends Omit<TabStatus, "pausedBy"> {
  readonly pausedBy: readonly (PauseReason | "update")[];
}

export interface ServingView {
  readonly elements: readonly HTMLElement[];
  show(status: PageStatus): void;
}

/** How many tasks are listed; the rest is a number. */
const TASKS_SHOWN = 20;

export function servingView(options: ServingOptions): ServingView {
  const mark = element("span", { class: "mark", "aria-hidden": "true" });
  const state = element("h1", { tabindex: "-1" });
  const why = element("p", { class: "quiet" });
  const head = element("div", { role: "status" }, element("div", { class: "state" }, mark, state), why);
  const pause = button("Pause", () => options.pause(pause.dataset["on"] !== "true"));
  const stop = button("Stop", options.stop, "stop");
  const tasks = element("ul", { class: "tasks" });
  const numbers = element("div");
  const elements = [
    head,
    element("div", { class: "buttons" }, stop, pause),
    ...tasksArea(options.settings),
    element("section", { "aria-labelledby": "now" }, element("h2", { id: "now" }, "Runs now"), tasks),
    element("section", { "aria-labelledby": "given" }, element("h2", { id: "given" }, "Given so far"), numbers),
    settingsFields(options),
    element(
      "section",
      {},
      element("h2", {}, "Your consent"),
      element(
        "p",
        { class: "quiet" },
        "Taking it back stops this tab and drops what tasks have kept here, and the next link asks again.",
      ),
      button("Stop, and ask me next time", options.forget),
    ),
  ];
  let told = "";
  const show = (status: PageStatus): void => {
    const [title, text] = stateWords(status);
    mark.dataset["state"] = status.state;
    mark.toggleAttribute(
      "data-busy",
      status.tasks.some(({ running }) => running > 0),
    );
    // Screen readers hear changes, not every look.
    if (told !== title + text) {
      told = title + text;
      state.textContent = title;
      why.textContent = text;
    }
    const owner = status.pausedBy.includes("owner");
    pause.textContent = owner ? "Go on" : "Pause";
    pause.dataset["on"] = String(owner);
    tasks.replaceChildren(...taskRows(status.tasks, options.nowMs()));
    numbers.replaceChildren(
      terms(
        [
          ["tasks done", String(status.done)],
          ["failed", status.failed === 0 ? undefined : String(status.failed)],
          ["time computed", durationText(status.busyMs)],
          ["received", bytesText(status.inBytes)],
          ["sent", bytesText(status.outBytes)],
        ],
        "numbers",
      ),
    );
  };
  return { elements, show };
}

/** Where tasks show and ask what they may: new things are told to screen readers as they come. */
function tasksArea({ abilities }: Settings): readonly HTMLElement[] {
  if (abilities.show !== true && abilities.ask !== true) return [];
  return [
    element(
      "section",
      { "aria-labelledby": "from-tasks" },
      element("h2", { id: "from-tasks" }, "From tasks"),
      element("p", { class: "quiet" }, "Others wrote what stands here, not this page: give it no passwords."),
      element("div", { "data-skein-tasks": true, "aria-live": "polite" }),
    ),
  ];
}

const REASONS = {
  owner: "You paused it",
  battery: "It runs on battery",
  hidden: "The page is hidden",
  update: "The page has a new version and loads it when what runs has ended",
} as const;

function stateWords({ state, pausedBy, tasks, trouble }: PageStatus): readonly [title: string, text: string] {
  switch (state) {
    case "working": {
      if (trouble !== undefined)
        return ["Joined, but nothing can run here", `${trouble}. Loading the page anew may help.`];
      const running = tasks.reduce((sum, task) => sum + task.running, 0);
      return running === 0
        ? ["Joined, waiting for work", "Keep this tab open. It may be in the background."]
        : ["Running tasks", "Keep this tab open. It may be in the background."];
    }
    case "paused":
      return [
        "Paused",
        `${pausedBy.map((reason) => REASONS[reason]).join(". ")}. No new tasks begin; what runs may end.`,
      ];
    case "away":
      return [
        "Looking for the cluster",
        "The connection is gone. It is tried again all the time; nothing is needed of you.",
      ];
    case "closed":
      return ["Stopped", ""];
    default:
      return state satisfies never;
  }
}

function taskRows(tasks: readonly TabTask[], nowMs: number): readonly HTMLElement[] {
  const running = tasks.filter((task) => task.running > 0);
  if (running.length === 0) return [element("li", { class: "quiet" }, "Nothing.")];
  const rows = running.slice(0, TASKS_SHOWN).map((task) => {
    const { fn, kind, clientName, client, sinceMs } = task;
    const whom = clientName ?? `peer …${client.slice(-8)}`;
    const since = sinceMs === undefined ? "" : `, for ${durationText(Math.max(0, nowMs - sinceMs))}`;
    return element(
      "li",
      {},
      element("strong", {}, fn ?? "A task"),
      task.running > 1 ? ` and ${task.running - 1} more` : undefined,
      element("div", { class: "quiet" }, `for ${whom}, ${kind === "cpu" ? "in a worker" : "mostly waiting"}${since}`),
    );
  });
  const rest = running.length - rows.length;
  return rest > 0 ? [...rows, element("li", { class: "quiet" }, `and ${count(rest, "other")}`)] : rows;
}

/** What may change while it serves; abilities are said when joining. */
function settingsFields({ settings, cores, change }: ServingOptions): HTMLElement {
  let now = settings;
  const set = (part: Partial<Settings>): void => {
    now = { ...now, ...part };
    change(now);
  };
  const shown = element("output", { for: "workers" }, String(settings.workers));
  const workers = element("input", {
    type: "range",
    id: "workers",
    min: "0",
    max: String(mostWorkers(cores)),
    value: String(settings.workers),
  });
  workers.addEventListener("input", () => (shown.value = workers.value));
  workers.addEventListener("change", () => set({ workers: Number(workers.value) }));
  const battery = choice("Pause on battery", "Where the browser tells it (Chromium).", { checked: settings.onBattery });
  battery.input.addEventListener("change", () => set({ onBattery: battery.input.checked }));
  const hidden = choice("Pause while hidden", "Off: it goes on in the background.", { checked: settings.hidden });
  hidden.input.addEventListener("change", () => set({ hidden: hidden.input.checked }));
  const granted = grantedWords(settings.abilities);
  return element(
    "fieldset",
    {},
    element("legend", {}, "What you give"),
    element(
      "div",
      {},
      element("label", { for: "workers" }, "Workers for tasks that compute"),
      element("div", { class: "slider" }, workers, shown),
    ),
    battery.root,
    hidden.root,
    element(
      "p",
      { class: "quiet" },
      granted.length === 0 ? "Allowed besides: nothing." : `Allowed besides: ${granted.join(" · ")}.`,
    ),
  );
}
