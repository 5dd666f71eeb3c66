/** Shows a cluster at work until somebody ends it: on a screen, or as lines. */
import { watchCluster } from "@skein/runtime";
import { type ClusterModel, createModel, reduce } from "@skein/web-console/model";
import { EXIT } from "./exit-codes.ts";
import type { InCluster } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { TopScreen } from "./top-screen.ts";
import { topBody, topHead, topJson, topSummary } from "./top-text.ts";
import { untilStopped } from "./until-stopped.ts";

/** A screen is drawn at most four times a second, lines are printed once. */
const DRAW_EVERY_MS = 250;
const PRINT_EVERY_MS = 1000;
/** Events asked for from before, so that rates and last errors are there at once. */
const PAST_EVENTS = 6000;
const KEYS = "q ends it   p holds it still   j k and space move down and up";

/** @returns the exit code */
export async function showTop(cluster: InCluster, { json }: { readonly json?: true }): Promise<number> {
  const { stdin, stdout } = process;
  const model = createModel();
  const screen = json !== true && stdout.isTTY && stdin.isTTY && process.env["TERM"] !== "dumb";
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  using shown = screen ? onScreen(model, end) : asLines(model, json === true);
  void untilStopped().then(() => end(EXIT.interrupted));
  using _watch = await follow(cluster, model, () => shown.changed());
  return await ended;
}

/** Feeds the model; begins a little in the past. */
async function follow(
  { peer, scheduler, status }: InCluster,
  model: ClusterModel,
  changed: () => void,
): Promise<Disposable> {
  const { epoch, seq } = await status();
  const since = { epoch, seq: Math.max(0, seq - PAST_EVENTS) };
  const nowMs = Date.now;
  return watchCluster(peer, {
    scheduler,
    since,
    onSnapshot: (snapshot) => {
      reduce(model, { type: "snapshot", snapshot, since: snapshot.epoch === epoch ? since.seq : 0, nowMs: nowMs() });
      reduce(model, { type: "connection", connection: { phase: "live" } });
      changed();
    },
    onEvents: (events) => {
      reduce(model, { type: "events", events, nowMs: nowMs() });
      changed();
    },
    onLost: ({ message }) => {
      reduce(model, { type: "connection", connection: { phase: "ended", sinceMs: nowMs(), reason: message } });
      changed();
    },
  });
}

/** What shows a model that changes. */
interface Shown extends Disposable {
  changed(): void;
}

function asLines(model: ClusterModel, json: boolean): Shown {
  return paced(PRINT_EVERY_MS, () => {
    const nowMs = Date.now();
    if (json) printJson(topJson(model, nowMs));
    else print(topSummary(model, nowMs));
  });
}

function onScreen(model: ClusterModel, end: (code: number) => void): Shown {
  let held = false;
  const draw = (): void => {
    const nowMs = Date.now();
    screen.draw(topHead(model, nowMs), topBody(model, nowMs), held ? "held still: p goes on" : KEYS);
  };
  const pace = paced(DRAW_EVERY_MS, () => {
    if (!held) draw();
  });
  const keys: Readonly<Record<string, () => void>> = {
    q: () => end(EXIT.done),
    "ctrl-c": () => end(EXIT.interrupted),
    p: () => {
      held = !held;
    },
    j: () => screen.scroll(1),
    k: () => screen.scroll(-1),
    " ": () => screen.scroll(Math.max(1, process.stdout.rows - 4)),
  };
  const screen: TopScreen = new TopScreen({
    input: process.stdin,
    output: process.stdout,
    onKey: (key) => {
      keys[key]?.();
      draw();
    },
    onResize: draw,
  });
  draw();
  return {
    changed: () => pace.changed(),
    [Symbol.dispose]() {
      pace[Symbol.dispose]();
      screen[Symbol.dispose]();
    },
  };
}

/** Calls `draw` after a change: at once, then so often at most. */
function paced(everyMs: number, draw: () => void): Shown {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const changed = (): void => {
    if (timer !== undefined) {
      again = true;
      return;
    }
    draw();
    timer = setTimeout(() => {
      timer = undefined;
      const wanted = again;
      again = false;
      if (wanted) changed();
    }, everyMs);
  };
  return { changed, [Symbol.dispose]: () => clearTimeout(timer) };
}
