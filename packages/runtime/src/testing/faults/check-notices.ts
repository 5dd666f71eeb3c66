/** Rules for monitors, calls, names and what peers are told about each other. */
import { type HistoryEvent, type Life, nameOf, type Violation } from "./history.ts";
import type { Timeline } from "./timeline.ts";

/** How long a call may take beyond its own time: for the turns of a busy process. */
const CALL_SLACK_MS = 2000;
/** A name may still lead to a task whose process ended so short a time before: until silence is taken for loss. */
const NAME_SLACK_MS = 60_000;

/** Who monitors and who follows the peers' events are two tasks: one hears of a loss a little before the other. */
const TURN_MS = 100;

type Of<T extends HistoryEvent["type"]> = Extract<HistoryEvent, { readonly type: T }>;

/** Exactly one exit notice per monitor, and a true one. */
export function checkMonitors(history: readonly HistoryEvent[], timeline: Timeline): Violation[] {
  const workers = new Map<string, { readonly life: Life; ended: Of<"worker ended"> | undefined }>();
  const monitors = new Map<string, { readonly set: Of<"monitored">; readonly notices: Of<"notice">[] }>();
  for (const event of history) {
    if (event.type === "worker") workers.set(event.worker, { life: event.life, ended: undefined });
    if (event.type === "worker ended") {
      const worker = workers.get(event.worker);
      if (worker !== undefined) worker.ended = event;
    }
    if (event.type === "monitored") monitors.set(event.monitor, { set: event, notices: [] });
    if (event.type === "notice") monitors.get(event.monitor)?.notices.push(event);
  }
  const violations: Violation[] = [];
  for (const [monitor, { set, notices }] of monitors) {
    const worker = workers.get(set.worker);
    const say = (text: string, atMs: number): void =>
      void violations.push({ rule: "notice", atMs, text: `monitor ${monitor} of ${set.worker}: ${text}` });
    const [first, second] = notices;
    if (second !== undefined) say(`two notices, ${first?.how} and ${second.how}`, second.atMs);
    if (worker === undefined) continue;
    const over = worker.ended !== undefined || !timeline.survives(worker.life);
    if (first === undefined) {
      if (over && timeline.survives(set.life)) say("its task is gone, and no notice ever came", set.atMs);
      continue;
    }
    if (first.how !== "lost") {
      if (worker.ended?.how !== first.how) say(`said ${first.how}, and it ${worker.ended?.how ?? "runs"}`, first.atMs);
      continue;
    }
    // Placed when the task had ended, it says that the task is unknown.
    if (worker.ended !== undefined && first.code === "TASK_UNKNOWN") continue;
    const alone = !timeline.isConnected(set.life, worker.life, set.atMs);
    if (!alone && !timeline.lost(set.life, worker.life, set.atMs, first.atMs + TURN_MS)) {
      say(`said lost (${first.code ?? ""}), and ${worker.life} was not`, first.atMs);
    }
  }
  return violations;
}

/** A call is answered once, in its time, and done at most once. */
export function checkCalls(history: readonly HistoryEvent[], timeline: Timeline): Violation[] {
  const calls = new Map<string, { readonly begun: Of<"calling">; executed: number; answers: Of<"answered">[] }>();
  for (const event of history) {
    if (event.type === "calling") calls.set(event.call, { begun: event, executed: 0, answers: [] });
    if (event.type === "executed") {
      const call = calls.get(event.call);
      if (call !== undefined) call.executed += 1;
    }
    if (event.type === "answered") calls.get(event.call)?.answers.push(event);
  }
  const violations: Violation[] = [];
  for (const [name, { begun, executed, answers }] of calls) {
    const say = (text: string): void =>
      void violations.push({ rule: "call", atMs: begun.atMs, text: `call ${name}: ${text}` });
    if (executed > 1) say(`done ${executed} times`);
    if (answers.length > 1) say(`answered ${answers.length} times`);
    const [answer] = answers;
    const dueMs = begun.atMs + begun.timeoutMs + CALL_SLACK_MS;
    if (answer === undefined) {
      if (timeline.survives(begun.life) && dueMs + timeline.frozenMs(begun.life, begun.atMs, dueMs) < timeline.endMs) {
        say("never answered");
      }
      continue;
    }
    if (answer.code === undefined && executed === 0) say("answered and never done");
    const lateMs = answer.atMs - dueMs - timeline.frozenMs(begun.life, begun.atMs, answer.atMs);
    if (lateMs > 0) say(`answered ${lateMs.toFixed(0)} ms too late`);
  }
  return violations;
}

/** Each run of a job ends, once, and with the right result if it has one. */
export function checkRuns(history: readonly HistoryEvent[], timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  const runs = new Map<string, { readonly begun: Of<"run">; ends: number }>();
  const say = (run: string, atMs: number, text: string): void =>
    void violations.push({ rule: "run", atMs, text: `run ${run} ${text}` });
  for (const event of history) {
    if (event.type === "run") runs.set(event.run, { begun: event, ends: 0 });
    if (event.type !== "ran") continue;
    const run = runs.get(event.run);
    if (run !== undefined) run.ends += 1;
    if (event.right === false) say(event.run, event.atMs, "gave a wrong result");
  }
  for (const [name, { begun, ends }] of runs) {
    if (ends > 1) say(name, begun.atMs, `ended ${ends} times`);
    if (ends === 0 && timeline.survives(begun.life)) say(name, begun.atMs, "never ended");
  }
  return violations;
}

/** Names lead to tasks that are there. */
export function checkNames(history: readonly HistoryEvent[], timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type !== "located" || event.sink === undefined) continue;
    const holder = timeline.lifeOf(event.sink);
    if (holder === undefined) continue;
    const goneMs = event.begunMs - timeline.crashedMs(holder) - timeline.frozenMs(event.life, 0, event.begunMs);
    if (goneMs <= NAME_SLACK_MS) continue;
    const text = `${event.life} found a task of ${holder}, gone for ${goneMs.toFixed(0)} ms`;
    violations.push({ rule: "name", atMs: event.atMs, text });
  }
  return violations;
}

/** Each loss is told once, and only of who was there. */
export function checkPeerEvents(timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  for (const [key, steps] of timeline.views()) {
    let state = "lost";
    for (const { atMs, event } of steps) {
      const next = AFTER[state]?.[event];
      if (next === undefined && event in (AFTER["connected"] ?? {})) {
        violations.push({ rule: "events", atMs, text: `${key}: ${event} while ${state}` });
      }
      state = next ?? state;
    }
  }
  return violations;
}

/** What each event makes of what is known of a peer; others say nothing about that. */
const AFTER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lost: { connected: "connected" },
  connected: { suspected: "suspected", lost: "lost" },
  suspected: { back: "connected", lost: "lost" },
};

/** What came too late fails so, also where nothing is wrong. */
const TIME_IS_UP: ReadonlySet<string> = new Set(["TIMEOUT", "DELIVERY_UNKNOWN"]);

/** As long as nothing goes wrong, nobody is lost and nothing fails. */
export function checkHealthy(history: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type === "fault" || event.type === "crashed" || event.type === "frozen") break;
    const { atMs } = event;
    if (event.type === "peer" && event.event === "lost") {
      violations.push({ rule: "events", atMs, text: `${event.life} was told of a loss, and nothing is wrong` });
    }
    const failed = event.type === "undelivered" || event.type === "answered" || event.type === "ran";
    if (failed && event.code !== undefined && !TIME_IS_UP.has(event.code)) {
      violations.push({ rule: "call", atMs, text: `something failed with ${event.code}, and nothing is wrong` });
    }
  }
  return violations;
}

/** Once nothing goes wrong any more, everybody reaches everybody. */
export function checkHealing(history: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type !== "unreached") continue;
    const { atMs, life, peer, code } = event;
    const text = `${life} could not reach ${peer} long after the last fault: ${code}`;
    violations.push({ rule: "healing", atMs, text });
  }
  return violations;
}

/** For one that lost another, the other has lost it too, or never had it. */
export function checkBothKnow(timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  for (const life of timeline.lives) {
    for (const other of timeline.lives) {
      if (life === other || nameOf(life) === nameOf(other)) continue;
      for (const { atMs, event } of timeline.view(life, other)) {
        if (event === "lost" && keepsOn(timeline, other, life, atMs)) {
          const text = `${life} lost ${nameOf(other)}, which still thinks it has ${nameOf(life)}`;
          violations.push({ rule: "events", atMs, text });
        }
      }
    }
  }
  return violations;
}

/** How long the other side may take to learn of a loss. */
const BOTH_KNOW_MS = 90_000;

/** Whether `life` had one and the same session with the peer of `other` from before a loss until long after it. */
function keepsOn(timeline: Timeline, life: Life, other: Life, lostMs: number): boolean {
  const [fromMs, toMs] = [lostMs - BOTH_KNOW_MS, lostMs + BOTH_KNOW_MS];
  if (toMs > timeline.endMs || timeline.crashedMs(life) < toMs || timeline.crashedMs(other) < toMs) return false;
  if (timeline.frozenMs(life, fromMs, toMs) > 0) return false;
  if (!timeline.isConnected(life, other, fromMs)) return false;
  return !timeline.view(life, other).some(({ atMs, event }) => {
    return (event === "connected" || event === "lost") && atMs >= fromMs && atMs <= toMs;
  });
}
