/** The join page with made-up states, for screenshots and work on its looks: `dev.html?state=working`. Never published. */
import { SkeinError } from "@skein/runtime";
import { readInvite } from "@skein/runtime/network";
import { askAbility } from "../io/ask.ts";
import { showAbility } from "../io/show.ts";
import { pageTaskArea } from "../io/task-area.ts";
import { Consents } from "./consent.ts";
import type { TabStatus } from "../tab-node/tab-work.ts";
import { JoinApp, type ServingTab } from "./join-app.ts";
import { memoryKeep } from "./memory-keep.ts";
import { usualSettings } from "./settings.ts";
import { TabNotes } from "./tab-notes.ts";

const root = document.querySelector<HTMLElement>("#page");
if (root === null) throw new Error("the page has no place for its contents");

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const state = new URLSearchParams(location.search).get("state") ?? "asking";
const CLUSTER = "c0ffee5eed".padEnd(64, "07a1");
const PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

/** A token is text in base64url with its signature; nobody looks at the latter here. */
function invite(roles: readonly string[], expiresMs: number): string {
  const body = {
    kind: "invite",
    v: 1,
    cluster: CLUSTER,
    id: "abcdefghijkl",
    roles,
    uses: 20,
    expiresMs,
    addresses: [`/ip4/127.0.0.1/tcp/4101/ws/p2p/${PEER}`],
    by: PEER,
    about: "Ada’s render farm: 400 frames of a short film, until Sunday",
  };
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(body))));
  const text = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `skein:${text}.AAAA`;
}

const IDLE: TabStatus = {
  state: "working",
  pausedBy: [],
  workers: 2,
  tasks: [],
  done: 0,
  failed: 0,
  inBytes: 0,
  outBytes: 0,
  busyMs: 0,
};
// Ids only need to look like some.
const task = (fn: string, kind: "cpu" | "io", running: number, sinceMs: number): TabStatus["tasks"][number] =>
  ({ server: `${PEER}/1`, kind, job: "j_1", client: PEER, clientName: "ada’s laptop", fn, running, sinceMs }) as never;
const BUSY: TabStatus = {
  ...IDLE,
  tasks: [
    task("renderTile", "cpu", 1, NOW_MS - 4200),
    task("renderTile", "cpu", 1, NOW_MS - 1300),
    task("watchQueue", "io", 3, NOW_MS - 754_000),
  ],
  done: 1284,
  failed: 3,
  inBytes: 48_200_000,
  outBytes: 3_410_000,
  busyMs: 5_040_000,
};
const STATUS: Readonly<Record<string, TabStatus>> = {
  idle: IDLE,
  working: BUSY,
  paused: { ...BUSY, state: "paused", pausedBy: ["owner"], tasks: [] },
  asked: BUSY,
  battery: { ...BUSY, state: "paused", pausedBy: ["battery", "hidden"] },
  away: { ...BUSY, state: "away" },
};
const FAILURES: Readonly<Record<string, SkeinError>> = {
  used: new SkeinError("INVITE_USED", "the invite has been redeemed as often as it allows", { hint: "", cause: 1 }),
  unreachable: new SkeinError("PEER_UNREACHABLE", "no answer at 10.0.0.5:4101 within 10 s", { hint: "", cause: 1 }),
};

let status = STATUS[state] ?? IDLE;
const tab: ServingTab = {
  pause: () => (status = { ...status, state: "paused", pausedBy: ["owner"] }),
  resume: () => (status = { ...status, state: "working", pausedBy: [] }),
  pauseWhen: () => {},
  // Waited for by nobody here.
  setWorkers: (() => Promise.resolve()) as never,
  status: () => status,
  close: () => Promise.resolve(),
};
const { keep } = memoryKeep();
const consents = new Consents(keep, () => NOW_MS, 8);
// What tasks show and ask, as they do it.
const settings = { ...usualSettings(8), abilities: state === "asked" ? ({ ask: true, show: true } as const) : {} };
if (!["asking", "none", "expired", "wrong"].includes(state))
  consents.give({ cluster: CLUSTER, roles: ["tab"] }, settings, "day");

const app = new JoinApp({
  root,
  consents,
  notes: new TabNotes(keep, () => NOW_MS, 8),
  cores: 8,
  secure: isSecureContext,
  nowMs: () => NOW_MS,
  readInvite,
  join: () => {
    const failure = FAILURES[state];
    if (failure !== undefined) return Promise.reject(failure);
    return state === "joining" ? new Promise(() => {}) : Promise.resolve(tab);
  },
  watch: () => {},
  forget: () => {},
  reload: () => {},
});
const HASHES: Readonly<Record<string, string>> = {
  none: "",
  wrong: invite(["node"], NOW_MS + 1),
  expired: invite(["tab"], NOW_MS - 1),
};
app.open(HASHES[state] ?? invite(["tab"], NOW_MS + 86_400_000));
if (state === "asked") {
  const { signal } = new AbortController();
  const once = setInterval(() => {
    if (document.querySelector("[data-skein-tasks]") === null) return;
    clearInterval(once);
    void askAbility(pageTaskArea(() => "ann")).calls["ask"]?.(
      ["Which of the two pictures is sharper, the left or the right one?"],
      signal,
    );
    void showAbility(pageTaskArea(() => "ann")).calls["open"]?.(
      ["<p>Tile 7 of 16 <progress max=16 value=7></progress></p>"],
      signal,
    );
  });
}
