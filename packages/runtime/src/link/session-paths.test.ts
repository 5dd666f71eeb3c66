import fc from "fast-check";
import { expect, test } from "vitest";
import { type HeartbeatTimes, heartbeatTimes } from "./heartbeat.ts";
import {
  newSession,
  type SessionAction,
  type SessionEvent,
  type SessionPath,
  type SessionState,
  stepSession,
} from "./session-paths.ts";
import { rounds } from "../../test/rounds.ts";

const times = heartbeatTimes({ lingerMs: 30_000 });
const path = (id: number, kind = "tcp", rank = 4, openedByLower = true): SessionPath => ({
  id,
  kind,
  rank,
  openedByLower,
});
const attach = (one: SessionPath, ...replaces: number[]): SessionEvent => ({ type: "attached", path: one, replaces });
const check = (...heard: [number, number][]): SessionEvent => ({ type: "checked", heard: new Map(heard) });

/** One side of a session; each step gives its actions in few words. */
class Side {
  state: SessionState = newSession(0);
  nowMs = 0;

  step(event: SessionEvent, nowMs: number = this.nowMs): string[] {
    this.nowMs = nowMs;
    const [state, actions] = stepSession(this.state, event, nowMs, times);
    this.state = state;
    return actions.map(word);
  }
}

const isEnded = (side: Side): boolean => side.state.phase === "ended";

function word(action: SessionAction): string {
  switch (action.type) {
    case "use":
      return `use ${action.path}`;
    case "close":
      return `close ${action.path}${action.soon ? " soon" : ""}`;
    case "tell":
      return action.event;
    default:
      return action.type;
  }
}

test("a dropped connection makes its peer suspected, another brings it back, and nothing is said of its kind", () => {
  const side = new Side();
  expect(side.step(attach(path(1)))).toEqual(["use 1"]);
  expect(side.step({ type: "dropped", path: 1 }, 1000)).toEqual(["detach", "suspected", "dial"]);
  expect(side.step(attach(path(2)), 2000)).toEqual(["use 2", "back"]);
});

test("without a connection the peer is lost after the linger, counted from when it was heard last", () => {
  const side = new Side();
  side.step(attach(path(1)));
  side.step(check([1, 4000]), 5000);
  side.step({ type: "dropped", path: 1 }, 6000);
  for (let now = 10_000; now < 34_000; now += 4000) expect(side.step(check(), now)).toEqual([]);
  expect(side.step(check(), 34_000)).toEqual(["lose"]);
  expect(side.step(attach(path(2)))).toEqual(["close 2"]);
});

test("one that is not waited for is lost so long after its last connection has ended, however short its silence is", () => {
  const side = new Side();
  const step = (event: SessionEvent, nowMs: number): string[] => {
    const [state, actions] = stepSession(side.state, event, nowMs, { ...times, goneAfterMs: 4000 });
    side.state = state;
    return actions.map(word);
  };
  step(attach(path(1)), 0);
  step(attach(path(2, "ws", 2)), 0);
  expect(step({ type: "dropped", path: 1 }, 9000)).toEqual(["use 2", "path-changed"]);
  expect(step({ type: "dropped", path: 2, sinceMs: 9500 }, 12_000)).toEqual(["detach", "suspected", "dial"]);
  expect(step(check(), 13_400)).toEqual([]);
  expect(step(attach(path(3)), 13_450)).toEqual(["use 3", "path-changed", "back"]);
  expect(step(check(), 13_500)).toEqual([]);
  expect(step({ type: "dropped", path: 3 }, 14_000)).toEqual(["detach", "suspected", "dial"]);
  expect(step(check(), 18_000)).toEqual(["lose"]);
});

test("one that has opened a connection and has yet to join is waited for as long again", () => {
  let state = newSession(0);
  const step = (event: SessionEvent, nowMs: number): string[] => {
    const [next, actions] = stepSession(state, event, nowMs, { ...times, goneAfterMs: 8000 });
    state = next;
    return actions.map(word);
  };
  step({ type: "nearing" }, 0);
  step(attach(path(1)), 0);
  step({ type: "nearing" }, 500);
  step({ type: "dropped", path: 1 }, 1000);
  expect(step({ type: "nearing" }, 8000)).toEqual([]);
  expect(state).toMatchObject({ phase: "detached", suspected: true });
  expect(step(check(), 15_999)).toEqual([]);
  expect(step(check(), 16_000)).toEqual(["lose"]);
  expect(step({ type: "nearing" }, 16_001)).toEqual([]);
});

test("a silent peer is suspected and looked for on another connection, then lost; a word brings it back", () => {
  const side = new Side();
  side.step(attach(path(1)));
  expect(side.step(check(), 5000)).toEqual([]);
  expect(side.step(check(), 10_000)).toEqual([]);
  expect(side.step(check(), 15_000)).toEqual(["suspected", "dial"]);
  expect(side.step({ type: "heard", path: 1 }, 16_000)).toEqual(["back"]);
  for (let now = 20_000; now <= 30_000; now += 5000) expect(side.step(check([1, 16_000]), now)).toEqual([]);
  expect(side.step(check([1, 16_000]), 31_000)).toEqual(["suspected", "dial"]);
  for (let now = 35_000; now <= 45_000; now += 5000) expect(side.step(check([1, 16_000]), now)).toEqual([]);
  expect(side.step(check([1, 16_000]), 46_000)).toEqual(["close 1", "lose"]);
});

test("a check that comes late because this process was blocked makes nobody lost or suspected", () => {
  const side = new Side();
  side.step(attach(path(1)));
  expect(side.step(check(), 90_000)).toEqual([]);
  expect(side.step(check(), 95_000)).toEqual([]);
  expect(side.step(check(), 100_000)).toEqual(["suspected", "dial"]);
  // Blocked again: it stays suspected, and gets another round.
  expect(side.step(check(), 180_000)).toEqual([]);
  expect(side.state).toMatchObject({ phase: "attached", suspected: true });
});

test("whoever has no connection gets one more round at a late check: its new one may wait to be taken", () => {
  let state = newSession(0);
  let given: HeartbeatTimes = { ...times, goneAfterMs: 8000 };
  const step = (event: SessionEvent, nowMs: number): string[] => {
    const [next, actions] = stepSession(state, event, nowMs, given);
    state = next;
    return actions.map(word);
  };
  const late = (lateMs: number): SessionEvent => ({ type: "checked", heard: new Map(), lateMs });
  step(attach(path(1)), 0);
  step(check([1, 4900]), 5000);
  step({ type: "dropped", path: 1 }, 5100);
  expect(step(late(60_000), 70_100)).toEqual([]);
  expect(step(attach(path(2)), 70_101)).toEqual(["use 2", "back"]);
  step({ type: "dropped", path: 2 }, 71_000);
  expect(step(late(60_000), 136_000)).toEqual([]);
  expect(step(check(), 140_999)).toEqual([]);
  expect(step(check(), 141_000)).toEqual(["lose"]);
  // One that is waited for as long as it may be silent.
  given = times;
  state = newSession(0);
  step(attach(path(1)), 0);
  step({ type: "dropped", path: 1 }, 100);
  for (let now = 5000; now < 30_000; now += 5000) expect(step(check(), now)).toEqual([]);
  expect(step(late(2000), 32_000)).toEqual([]);
  expect(step(late(1), 37_000)).toEqual(["lose"]);
});

test("one whose last connection nobody has closed is lost by its silence only", () => {
  let state = newSession(0);
  const step = (event: SessionEvent, nowMs: number): string[] => {
    const [next, actions] = stepSession(state, event, nowMs, { ...times, lostAfterMs: 300_000, goneAfterMs: 8000 });
    state = next;
    return actions.map(word);
  };
  step(attach(path(1)), 0);
  expect(step({ type: "dropped", path: 1, sinceMs: 1000, silent: true }, 4000)).toEqual([
    "detach",
    "suspected",
    "dial",
  ]);
  for (let now = 5000; now < 300_000; now += 5000) expect(step(check(), now)).toEqual([]);
  expect(step(check(), 300_000)).toEqual(["lose"]);
});

test("a better connection is moved to and the other one kept to fall back on", () => {
  const side = new Side();
  expect(side.step(attach(path(1, "relay", 1)))).toEqual(["use 1"]);
  expect(side.step(attach(path(2, "tcp", 4)))).toEqual(["use 2", "path-changed"]);
  expect(side.step({ type: "dropped", path: 2 })).toEqual(["use 1", "path-changed"]);
  expect(side.step(attach(path(3, "ws", 2)))).toEqual(["use 3", "path-changed"]);
  // A third one is one too many: the worst goes.
  expect(side.step(attach(path(4, "webrtc", 3)))).toEqual(["close 1", "use 4", "path-changed"]);
});

test("when the connection in use falls silent, the other one is used", () => {
  const side = new Side();
  side.step(attach(path(1, "tcp", 4)));
  side.step(attach(path(2, "ws", 2)));
  for (const now of [5000, 10_000]) expect(side.step(check([2, now]), now)).toEqual([]);
  expect(side.step(check([2, 15_000]), 15_000)).toEqual(["use 2", "path-changed"]);
  // It is let go when it has been silent for so long that a peer would be lost.
  side.step(check([2, 20_000]), 20_000);
  side.step(check([2, 25_000]), 25_000);
  expect(side.step(check([2, 30_000]), 30_000)).toEqual(["close 1"]);
});

test("of two connections of one kind both sides keep the one that the lower PeerId opened", () => {
  const byLower = path(1, "tcp", 4, true);
  const byHigher = path(2, "tcp", 4, false);
  const one = new Side();
  expect(one.step(attach(byLower))).toEqual(["use 1"]);
  expect(one.step(attach(byHigher))).toEqual(["close 2 soon"]);
  const other = new Side();
  expect(other.step(attach(byHigher))).toEqual(["use 2"]);
  expect(other.step(attach(byLower))).toEqual(["close 2 soon", "use 1"]);
});

test("a connection that the other side has lost is closed when it joins again, whoever opened which", () => {
  const side = new Side();
  side.step(attach(path(1, "tcp", 4, true)));
  expect(side.step(attach(path(2, "tcp", 4, false), 1))).toEqual(["close 1", "use 2"]);
});

test("whatever happens, the connection in use is the best there is, and what is told alternates", () => {
  const kinds: Readonly<Record<string, number>> = { relay: 1, ws: 2, webrtc: 3, tcp: 4 };
  const event = fc.oneof(
    fc.record({
      type: fc.constant("attached" as const),
      kind: fc.constantFrom("relay", "ws", "webrtc", "tcp"),
      lower: fc.boolean(),
      alone: fc.boolean(),
    }),
    fc.record({ type: fc.constant("dropped" as const), at: fc.nat(3) }),
    fc.record({ type: fc.constant("heard" as const), at: fc.nat(3) }),
    fc.record({ type: fc.constant("checked" as const), heard: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(6000)), { maxLength: 60 }), (events) => {
      const side = new Side();
      let told = "back";
      let last = 0;
      let used: number | undefined;
      const ids = (): number[] => side.state.paths.map(({ id }) => id);
      for (const [what, passMs] of events) {
        if (isEnded(side)) break;
        const nowMs = side.nowMs + passMs;
        const at = "at" in what ? (ids()[what.at] ?? 0) : 0;
        const given: SessionEvent =
          what.type === "attached"
            ? attach(path((last += 1), what.kind, kinds[what.kind], what.lower), ...(what.alone ? ids() : []))
            : what.type === "checked"
              ? check(...ids().map((id): [number, number] => [id, what.heard ? nowMs : 0]))
              : { type: what.type, path: at };
        for (const action of side.step(given, nowMs)) {
          if (action === "suspected" || action === "back") {
            expect(action).not.toBe(told);
            told = action;
          }
          if (action.startsWith("use ")) used = Number(action.slice(4));
          if (action === "detach") used = undefined;
        }
        const { paths, present, phase } = side.state;
        expect(paths.filter(({ superseded }) => !superseded).length).toBeLessThanOrEqual(2);
        if (isEnded(side)) continue;
        expect(present).toBe(used);
        expect(phase).toBe(present === undefined ? "detached" : "attached");
        expect(present === undefined).toBe(paths.length === 0);
      }
    }),
    { numRuns: rounds(300) },
  );
});
