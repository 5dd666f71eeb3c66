/** Before anything runs: who asks, for what, within which limits; and what the person gives. */
import { ABILITY_NAMES, type Abilities } from "../io/abilities.ts";
import type { Term } from "./consent.ts";
import { button, choice, element, terms } from "./elements.ts";
import { GRANTS, USUAL_QUOTA_BYTES } from "./grants.ts";
import type { InviteFacts } from "./invite-facts.ts";
import { mostWorkers, readOrigins, type Settings } from "./settings.ts";
import { count, timeText } from "./words.ts";

export interface AskingOptions {
  readonly facts: InviteFacts;
  readonly settings: Settings;
  /** How long it is to stand, unless another is chosen. */
  readonly term: Term;
  readonly cores: number;
  /** Whether this page is a secure context: some abilities want one. */
  readonly secure: boolean;
  readonly join: (settings: Settings, term: Term) => void;
}

export function askingView({
  facts,
  settings,
  term: usualTerm,
  cores,
  secure,
  join,
}: AskingOptions): readonly HTMLElement[] {
  const workers = workersField(settings.workers, cores);
  const battery = choice("Pause on battery", "Where the browser tells it (Chromium). What runs may end.", {
    checked: settings.onBattery,
  });
  const hidden = choice(
    "Pause while hidden",
    "Off: the tab goes on in the background, where browsers slow its timers down but not its workers.",
    { checked: settings.hidden },
  );
  const awake = choice("Keep the screen on while this page is seen", secure ? "" : NEEDS_HTTPS, {
    checked: settings.wakeLock && secure,
    disabled: !secure,
  });
  const abilities = abilityFields(settings.abilities, secure);
  const term = termField(usualTerm);
  const read = (): Settings | undefined => {
    const granted = abilities.read();
    if (granted === undefined) return undefined;
    return {
      workers: workers.read(),
      onBattery: battery.input.checked,
      hidden: hidden.input.checked,
      wakeLock: awake.input.checked,
      abilities: granted,
    };
  };
  const go = button(
    "Join and run tasks",
    () => {
      const chosen = read();
      if (chosen !== undefined) join(chosen, term.read());
    },
    "main",
  );
  return [
    element("h1", { tabindex: "-1" }, "A cluster asks for this browser’s help"),
    element(
      "p",
      {},
      "Nothing has run yet. If you join, programs of the cluster run here until you stop them or close this tab.",
    ),
    whoSection(facts),
    limitsSection(),
    element(
      "fieldset",
      {},
      element("legend", {}, "What you give"),
      workers.root,
      battery.root,
      hidden.root,
      awake.root,
    ),
    abilities.root,
    element("fieldset", {}, element("legend", {}, "How long this stands"), term.root),
    element("div", { class: "buttons" }, go),
    element("p", { class: "quiet" }, "You can stop at any time; it takes effect at once."),
  ];
}

const NEEDS_HTTPS = "Browsers allow it on https pages only.";

const whoSection = (facts: InviteFacts): HTMLElement =>
  element(
    "section",
    { "aria-labelledby": "who" },
    element("h2", { id: "who" }, "Who asks"),
    terms([
      ["For", facts.about ?? "No purpose was named: ask who sent you the link."],
      ["At", facts.hosts.join(", ")],
      ["Cluster", element("code", {}, facts.fingerprint)],
      ["Invite", element("code", {}, facts.id)],
      ["Link good", `until ${timeText(facts.expiresMs)}, for ${count(facts.uses, "tab")}`],
    ]),
  );

const limitsSection = (): HTMLElement =>
  element(
    "section",
    { "aria-labelledby": "limits" },
    element("h2", { id: "limits" }, "What it may do"),
    element(
      "ul",
      {},
      element("li", {}, "Compute in workers of its own, behind walls: sandboxed frames without an origin."),
      element("li", {}, "Talk to the cluster through this page."),
      element(
        "li",
        {},
        "Nothing else: no files, cookies, other tabs, network or devices, but for what you allow below.",
      ),
    ),
  );

function workersField(now: number, cores: number) {
  const most = mostWorkers(cores);
  const shown = element("output", { for: "workers" }, String(now));
  const input = element("input", {
    type: "range",
    id: "workers",
    min: "0",
    max: String(most),
    step: "1",
    value: String(now),
    "aria-describedby": "workers-about",
  });
  input.addEventListener("input", () => (shown.value = input.value));
  const root = element(
    "div",
    {},
    element("label", { for: "workers" }, "Workers for tasks that compute"),
    element("div", { class: "slider" }, input, shown),
    element(
      "p",
      { class: "quiet", id: "workers-about" },
      `One keeps one of your ${count(cores, "core")} busy. With 0 the tab only takes tasks that mostly wait.`,
    ),
  );
  return { root, input, read: () => Number(input.value) };
}

function abilityFields(now: Abilities, secure: boolean) {
  const origins = element("textarea", {
    id: "origins",
    rows: "3",
    spellcheck: "false",
    placeholder: "https://api.example.org",
    "aria-describedby": "origins-wrong",
  });
  origins.value = now.fetch?.origins.join("\n") ?? "";
  const wrong = element("p", { class: "wrong", id: "origins-wrong", role: "alert" });
  const sites = element("div", {}, element("label", { for: "origins" }, "Sites, one on each line"), origins, wrong);
  const fields = ABILITY_NAMES.map((name) => {
    const { label, about, wantsSecure = false } = GRANTS[name];
    const can = secure || !wantsSecure;
    const field = choice(label, can ? about : NEEDS_HTTPS, {
      checked: can && now[name] !== undefined,
      disabled: !can,
      ...(name === "fetch" ? { more: sites } : {}),
    });
    return { name, ...field };
  });
  const read = (): Abilities | undefined => {
    const granted = new Set(fields.filter(({ input }) => input.checked).map(({ name }) => name));
    const said = readOrigins(origins.value.split("\n"));
    wrong.textContent = "";
    if (granted.has("fetch") && (said.wrong.length > 0 || said.origins.length === 0)) {
      wrong.textContent =
        said.origins.length === 0 && said.wrong.length === 0
          ? "Name at least one site, or leave this out."
          : `Not a site: ${said.wrong.join(", ")}. Write it without a path, like https://api.example.org`;
      origins.focus();
      return undefined;
    }
    return {
      ...Object.fromEntries([...granted].map((name) => [name, true])),
      ...(granted.has("fetch") ? { fetch: { origins: said.origins } } : {}),
      ...(granted.has("storage") ? { storage: now.storage ?? { quotaBytes: USUAL_QUOTA_BYTES } } : {}),
    };
  };
  const some = Object.keys(now).length > 0;
  const summary = element("summary");
  const tell = (): void => {
    const ticked = fields.filter(({ input }) => input.checked).length;
    const what = ticked === 0 ? "nothing, unless you tick it here" : count(ticked, "thing");
    summary.textContent = `What you allow besides: ${what}`;
  };
  for (const { input } of fields) input.addEventListener("change", tell);
  tell();
  const root = element(
    "section",
    {},
    element(
      "details",
      { open: some },
      summary,
      element("p", { class: "quiet" }, "Nothing is needed. Each can be used by every task that runs here."),
      ...fields.map((field) => field.root),
    ),
  );
  return { root, read };
}

function termField(now: Term) {
  const select = element(
    "select",
    { id: "term" },
    element("option", { value: "day" }, "24 hours"),
    element("option", { value: "once" }, "This once"),
    element("option", { value: "always" }, "Until I take it back"),
  );
  select.value = now;
  const root = element(
    "div",
    {},
    element("label", { for: "term" }, "Join again without asking, for this cluster"),
    select,
  );
  // Its options are the terms.
  return { root, read: () => select.value as Term };
}
