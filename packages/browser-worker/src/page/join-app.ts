/** The join page: shows what is asked, joins when it was agreed, shows how it stands, and stops. */
import { MINUTE_MS, SECOND_MS } from "@skein/runtime";
import type { Tab } from "../join-tab.ts";
import idle from "./idle.svg";
import { askingView } from "./asking-view.ts";
import type { Consents, Term } from "./consent.ts";
import { element } from "./elements.ts";
import { inviteFacts, type InviteFacts, inviteIn, type ReadInvite } from "./invite-facts.ts";
import { type Mark, setMark } from "./page-mark.ts";
import { joiningView, noInviteView, problemView, stoppedView } from "./plain-views.ts";
import { problemOf } from "./problems.ts";
import { type PageStatus, servingView } from "./serving-view.ts";
import { type Settings, usualSettings } from "./settings.ts";
import type { TabNotes } from "./tab-notes.ts";

/** What the page needs of a tab. */
export type ServingTab = Pick<Tab, "pause" | "resume" | "pauseWhen" | "setWorkers" | "status"> & {
  close(options: { readonly cancel: boolean }): PromiseLike<void>;
};

/** What is around it; the page for screenshots has another. */
export interface JoinAppParts {
  readonly root: HTMLElement;
  readonly consents: Consents;
  readonly notes: TabNotes;
  readonly cores: number;
  readonly secure: boolean;
  readonly nowMs: () => number;
  readonly readInvite: ReadInvite;
  /** Once the signal is aborted it gives up where it can, and a tab that it still gives is closed. */
  readonly join: (
    facts: InviteFacts,
    settings: Settings,
    how: { readonly paused: boolean; readonly signal: AbortSignal },
  ) => PromiseLike<ServingTab>;
  /** Called once it serves: watches for updates of the page until the signal. */
  readonly watch: (signal: AbortSignal, updated: () => void) => void;
  /** Forgets the identity that is kept for a reload, and what tasks have stored here. */
  readonly forget: () => void;
  readonly reload: () => void;
}

interface Chosen {
  readonly settings: Settings;
  readonly term: Term;
}

const LOOK_EVERY_MS: number = SECOND_MS / 2;
/** How long an updated page waits for what runs to end before it is loaded anew. */
const FINISH_MS: number = MINUTE_MS;

export class JoinApp {
  readonly #parts: JoinAppParts;
  #facts: InviteFacts | undefined;
  /** What this view began, ended with it. */
  #view = new AbortController();
  #tab: ServingTab | undefined;
  /** What was chosen last, to be filled in when it is asked again. */
  #chosen: Chosen | undefined;
  /** The last tab's end: the next one joins as the same peer. */
  #left: Promise<void> = Promise.resolve();

  constructor(parts: JoinAppParts) {
    this.#parts = parts;
  }

  /** Begins with the text behind `#` of the page's address. */
  open(hash: string): void {
    this.#leave();
    this.#chosen = undefined;
    try {
      const text = inviteIn(hash);
      if (text === "") {
        this.#show(
          noInviteView((given) => this.#use(given)),
          "idle",
          "Join a cluster",
        );
        return;
      }
      this.#facts = inviteFacts(text, location, this.#parts.nowMs(), this.#parts.readInvite);
    } catch (error) {
      return this.#problem(error, undefined);
    }
    const carried = this.#parts.notes.carried(this.#facts);
    if (carried === undefined || this.#parts.consents.find(this.#facts) !== undefined) return this.#again(this.#facts);
    this.#chosen = { settings: carried, term: "once" };
    void this.#join(this.#facts, carried);
  }

  #use(text: string): void {
    const invite = inviteIn(text);
    // The address then is the link, to be kept and opened again.
    if (location.hash === `#${invite}`) this.open(location.hash);
    else location.hash = invite;
  }

  /** Joins where a consent stands, else asks. */
  #again(facts: InviteFacts): void {
    const consent = this.#parts.consents.find(facts);
    if (consent === undefined) return this.#ask(facts);
    const { settings, untilMs } = consent;
    this.#chosen = { settings, term: untilMs === undefined ? "always" : "day" };
    void this.#join(facts, settings);
  }

  #ask(facts: InviteFacts): void {
    const { cores, secure } = this.#parts;
    const { settings, term } = this.#chosen ?? { settings: usualSettings(cores), term: "day" };
    const join = (chosen: Settings, forTerm: Term): void => {
      this.#chosen = { settings: chosen, term: forTerm };
      this.#parts.consents.give(facts, chosen, forTerm);
      this.#parts.notes.setPaused(facts, false);
      void this.#join(facts, chosen);
    };
    this.#show(askingView({ facts, settings, term, cores, secure, join }), "idle", "Join a cluster?");
  }

  async #join(facts: InviteFacts, settings: Settings): Promise<void> {
    const { signal } = this.#show(
      joiningView(() => this.#stopped()),
      "idle",
      "Joining …",
    );
    try {
      await this.#left;
      if (signal.aborted) return;
      const paused = this.#parts.notes.isPaused(facts);
      const joined = Promise.resolve(this.#parts.join(facts, settings, { paused, signal }));
      // One that was given up leaves before the next one joins as the same peer.
      this.#left = joined
        .then(async (tab) => (signal.aborted ? await tab.close({ cancel: true }) : undefined))
        .catch(() => undefined);
      const tab = await joined;
      if (!signal.aborted) this.#serve(facts, settings, tab);
    } catch (error) {
      if (!signal.aborted) this.#problem(error, () => void this.#join(facts, settings));
    }
  }

  #serve(facts: InviteFacts, settings: Settings, tab: ServingTab): void {
    const { consents, notes, cores, nowMs, watch, reload } = this.#parts;
    this.#tab = tab;
    let updating = false;
    let now = settings;
    const standing = (): PageStatus => {
      const status = tab.status();
      if (!updating) return status;
      const byOwner = notes.isPaused(facts) ? (["owner"] as const) : [];
      const others = status.pausedBy.filter((reason) => reason !== "owner");
      return { ...status, pausedBy: [...byOwner, ...others, "update"] };
    };
    const view = servingView({
      settings,
      cores,
      nowMs,
      stop: () => this.#stopped(),
      pause: (on) => {
        // Kept for the next load, too; while an update waits for what runs, nothing new begins whatever is wished.
        notes.setPaused(facts, on);
        if (on) tab.pause();
        else if (!updating) tab.resume();
        view.show(standing());
      },
      change: (changed) => {
        now = changed;
        tab.pauseWhen({ onBattery: now.onBattery, hidden: now.hidden });
        void tab.setWorkers(now.workers);
        consents.change(facts, now);
        this.#chosen &&= { ...this.#chosen, settings: now };
      },
      forget: () => {
        consents.takeBack(facts);
        this.#chosen = undefined;
        this.#stopped();
        this.#parts.forget();
      },
    });
    const { signal } = this.#show(view.elements, "idle", "Joined");
    const look = (): void => {
      const status = standing();
      view.show(status);
      const running = status.tasks.reduce((sum, task) => sum + task.running, 0);
      if (status.state === "working" && running > 0) setMark("running", `● ${running} running – skein`);
      else if (status.state === "working") setMark("idle", "Joined, waiting – skein");
      else setMark("paused", `${status.state === "paused" ? "❚❚ Paused" : "… Looking"} – skein`);
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    look();
    const reloadItself = (): void => {
      if (this.#chosen?.term === "once") notes.carry(facts, now);
      reload();
    };
    // An update of the page: what runs may end, then the page is loaded anew and joins again as the same peer.
    watch(signal, () => {
      updating = true;
      look();
      void finish(tab, signal).then(() => (signal.aborted ? undefined : reloadItself()));
    });
  }

  #stopped(): void {
    // First of all: everything in it stops in this turn.
    this.#leave();
    const facts = this.#facts;
    if (facts !== undefined) this.#parts.notes.setPaused(facts, false);
    this.#show(
      stoppedView(() => (facts === undefined ? this.open("") : this.#again(facts))),
      "idle",
      "Stopped",
    );
  }

  #problem(error: unknown, again: (() => void) | undefined): void {
    const problem = problemOf(error);
    this.#show(problemView(problem, problem.again ? again : undefined), "idle", problem.title);
  }

  #leave(): void {
    const tab = this.#tab;
    this.#tab = undefined;
    if (tab !== undefined) this.#left = Promise.resolve(tab.close({ cancel: true })).catch(() => undefined);
  }

  /** Puts a view in place of the last one, and the focus on its heading: a screen reader begins there. */
  #show(elements: readonly HTMLElement[], mark: Mark, title: string): AbortController {
    this.#view.abort();
    this.#view = new AbortController();
    setMark(mark, `${title} – skein`);
    const brand = element("p", { class: "brand" }, element("img", { src: idle, alt: "" }), "skein");
    this.#parts.root.replaceChildren(brand, ...elements);
    this.#parts.root.querySelector("h1")?.focus({ preventScroll: true });
    return this.#view;
  }
}

/** Takes nothing new, and is done when nothing runs, or after a while. */
async function finish(tab: ServingTab, signal: AbortSignal): Promise<void> {
  tab.pause();
  for (let waitedMs = 0; waitedMs < FINISH_MS && !signal.aborted; waitedMs += LOOK_EVERY_MS) {
    if (tab.status().tasks.every(({ running }) => running === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
