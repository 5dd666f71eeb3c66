import { describe, expect, test } from "vitest";
import { ADVERSARIES, type Adversary, SLEEPER, trustOutcome } from "../../test/trust-model.ts";
import {
  PROBATION_RESULTS,
  QUORUM_ANSWERS_LIMIT,
  UNCHECKED_BYTES_LIMIT,
  UNCHECKED_RESULTS_LIMIT,
} from "../defaults.ts";
import { type NodeId, type TaskId } from "../ids.ts";
import {
  type Answer,
  type Answerer,
  createTrustState,
  isDistrusted,
  judge,
  type Trust,
  type TrustAction,
} from "./trust.ts";
import { sameAnswer } from "./trust-answers.ts";

// Only told apart here.
const taskId = (n: number): TaskId => `t${n}` as TaskId;
const tab = (n: number, network = `10.0.${n}`): Answerer => ({ node: `tab${n}` as NodeId, own: false, network });
const own: Answerer = { node: "own" as NodeId, own: true };
const says = (value: unknown): Answer => ({ type: "returned", value });
const types = (actions: readonly TrustAction[]): string[] =>
  actions.map((action) => (action.type === "again" ? `again on ${action.on}` : action.type));

/** A job; what it does with an answer. By default no answer is drawn for a spot check. */
function job(trust: Trust) {
  const state = createTrustState(trust, sameAnswer);
  const answered = (
    n: number,
    from: Answerer,
    value: unknown,
    more: {
      readonly draw?: number;
      readonly verified?: boolean;
      readonly servers?: boolean;
      readonly bytes?: number;
    } = {},
  ): readonly TrustAction[] =>
    judge(state, { type: "answered", task: taskId(n), from, answer: says(value), draw: 0.999, servers: true, ...more });
  /** The tab's results are believed now: so many were checked. */
  const passes = (from: Answerer, count = PROBATION_RESULTS): void => {
    for (let n = 0; n < count; n += 1) {
      answered(-1 - n, from, n, { draw: 0 });
      answered(-1 - n, own, n);
    }
  };
  return { state, answered, passes };
}

describe("any", () => {
  test("takes what comes, and does not remember it", () => {
    const { state, answered } = job("any");
    expect(answered(1, tab(1), 5)).toEqual([{ type: "accept", task: taskId(1), answer: says(5) }]);
    expect([state.open.size, state.tabs.size]).toEqual([0, 0]);
  });
});

describe("servers-only", () => {
  test("takes a node's word, and has what a tab gave done again", () => {
    const { answered } = job("servers-only");
    expect(types(answered(1, tab(1), 5))).toEqual(["again on server"]);
    expect(types(answered(1, own, 5))).toEqual(["accept"]);
  });
});

describe("probation", () => {
  test("has the first results of each tab checked on a node, whose word is the result", () => {
    const { answered } = job("probation");
    for (let n = 0; n < PROBATION_RESULTS; n += 1) {
      expect(types(answered(n, tab(1), n))).toEqual(["again on server"]);
      expect(answered(n, own, n)).toEqual([{ type: "accept", task: taskId(n), answer: says(n) }]);
    }
    expect(types(answered(99, tab(1), 99))).toEqual(["accept"]);
    expect(types(answered(100, tab(2), 100))).toEqual(["again on server"]);
  });

  test("checks one in as many as were found right, and one in a hundred for ever", () => {
    const { answered, passes } = job("probation");
    passes(tab(1), 20);
    expect(types(answered(1, tab(1), 1, { draw: 0.0599 }))).toEqual(["again on server"]);
    expect(types(answered(2, tab(1), 2, { draw: 0.0601 }))).toEqual(["accept"]);
    passes(tab(2), PROBATION_RESULTS);
    for (let n = 0; n < 2000; n += 1) {
      answered(1000 + n, tab(2), n, { draw: 0 });
      answered(1000 + n, own, n);
    }
    expect(types(answered(3, tab(2), 3, { draw: 0.0099 }))).toEqual(["again on server"]);
    expect(types(answered(4, tab(2), 4, { draw: 0.011 }))).toEqual(["accept"]);
  });

  test("distrusts a tab that is caught, and has what it gave unchecked done again and corrected", () => {
    const { state, answered, passes } = job("probation");
    passes(tab(1));
    answered(1, tab(1), "a lie");
    answered(2, tab(1), "true");
    answered(3, tab(1), "a lie", { draw: 0 });
    const caught = answered(3, own, "true");
    expect(types(caught)).toEqual(["accept", "distrust", "redo", "redo"]);
    expect(caught[0]).toEqual({ type: "accept", task: taskId(3), answer: says("true") });
    expect(isDistrusted(state, tab(1).node)).toBe(true);
    const again = (n: number) => judge(state, { type: "redone", task: taskId(n), answer: says("true") });
    expect(again(1)).toEqual([{ type: "correct", task: taskId(1), answer: says("true") }]);
    expect(again(2)).toEqual([]);
    expect(types(answered(4, tab(1), "anything"))).toEqual(["again on server"]);
  });

  test("takes an error for an answer: one that a tab made up is found out", () => {
    const { state, answered } = job("probation");
    const answer: Answer = { type: "failed", error: new RangeError("made up") };
    const from = tab(1);
    expect(types(judge(state, { type: "answered", task: taskId(1), from, answer, draw: 0, servers: true }))).toEqual([
      "again on server",
    ]);
    expect(types(answered(1, own, 1))).toEqual(["accept", "distrust"]);
  });

  test("remembers no more than it may of what was not checked, nor tasks that ended otherwise", () => {
    const { state, answered, passes } = job("probation");
    passes(tab(1));
    for (let n = 0; n < UNCHECKED_RESULTS_LIMIT + 5; n += 1) answered(n, tab(1), n);
    expect(state.tabs.get(tab(1).node)?.unchecked.size).toBe(UNCHECKED_RESULTS_LIMIT);
    answered(9999, tab(2), 1);
    judge(state, { type: "ended", task: taskId(9999) });
    expect(state.open.size).toBe(0);
  });
});

describe("what is remembered", () => {
  test("has a bound for all tabs, and the one with the most makes room first", () => {
    const { state, answered, passes } = job("probation");
    const [much, little] = [tab(1), tab(2)];
    passes(much);
    passes(little);
    const large = UNCHECKED_BYTES_LIMIT / 4;
    for (let n = 1; n <= 4; n += 1) expect(types(answered(n, much, n, { bytes: large }))).toEqual(["accept"]);
    expect(answered(5, little, 5, { bytes: 1 }).slice(1)).toEqual([{ type: "forget", task: taskId(1) }]);
    expect(types(answered(6, much, 6, { bytes: large }))).toEqual(["accept", "forget"]);
    const kept = ({ node }: Answerer): readonly TaskId[] => [...(state.tabs.get(node)?.unchecked.keys() ?? [])];
    expect([kept(much), kept(little)]).toEqual([[3, 4, 6].map(taskId), [taskId(5)]]);
    expect(state.uncheckedBytes).toBe(3 * large + 1);
  });

  test("is nothing that is too large to be: a node checks that at once", () => {
    const { state, answered, passes } = job("probation");
    passes(tab(1));
    for (const bytes of [UNCHECKED_BYTES_LIMIT + 1, Infinity]) {
      expect(types(answered(1, tab(1), 5, { bytes }))).toEqual(["again on server"]);
      expect(types(answered(1, own, 5))).toEqual(["accept"]);
    }
    expect(state.uncheckedBytes).toBe(0);
    expect(types(answered(2, tab(1), 6))).toEqual(["accept"]);
  });
});

describe("verify", () => {
  test("a result that it takes needs no check, and one that it refuses gives its tab away", () => {
    const { state, answered } = job("probation");
    expect(types(answered(1, tab(1), 5, { verified: true }))).toEqual(["accept"]);
    expect(types(answered(2, tab(1), 6, { verified: false }))).toEqual(["distrust", "again on server"]);
    expect(isDistrusted(state, tab(1).node)).toBe(true);
  });
});

describe("quorum", () => {
  test("takes what as many tabs say, each elsewhere", () => {
    const { answered } = job({ quorum: 2 });
    expect(answered(1, tab(1), 5)).toEqual([
      { type: "again", task: taskId(1), on: "tab", notNodes: [tab(1).node], notNetworks: ["10.0.1"] },
    ]);
    expect(types(answered(1, tab(2), 5))).toEqual(["accept"]);
  });

  test("never counts two tabs of one identity, of one network, or of networks that are not known", () => {
    const { answered } = job({ quorum: 2 });
    answered(1, tab(1), 5);
    expect(types(answered(1, tab(1, "elsewhere"), 5))).toEqual(["again on tab"]);
    expect(types(answered(1, tab(2, "10.0.1"), 5))).toEqual(["again on tab"]);
    const unknown = (n: number): Answerer => ({ node: `x${n}` as NodeId, own: false });
    answered(2, unknown(1), 5);
    expect(types(answered(2, unknown(2), 5))).toEqual(["again on tab"]);
  });

  test("where tabs differ a node decides, and who was wrong is distrusted", () => {
    const { state, answered } = job({ quorum: 2 });
    answered(1, tab(1), "a lie");
    expect(types(answered(1, tab(2), "true"))).toEqual(["again on server"]);
    expect(types(answered(1, own, "true"))).toEqual(["accept", "distrust"]);
    expect([isDistrusted(state, tab(1).node), isDistrusted(state, tab(2).node)]).toEqual([true, false]);
  });

  test("without a node, those that agree have it, until too many differ: then it waits for one", () => {
    const { answered } = job({ quorum: 2 });
    answered(1, tab(1), "a lie", { servers: false });
    expect(types(answered(1, tab(2), "true", { servers: false }))).toEqual(["again on tab"]);
    expect(types(answered(1, tab(3), "true", { servers: false }))).toEqual(["accept"]);
    const last = Array.from({ length: QUORUM_ANSWERS_LIMIT }, (_, n) => answered(2, tab(n), n, { servers: false })).at(
      -1,
    );
    expect(types(last ?? [])).toEqual(["again on server"]);
  });
});

describe("adversaries, as simulated", () => {
  const size = { volunteers: 100, tasks: 5000 };
  const all: readonly [string, Adversary][] = Object.entries(ADVERSARIES);

  test.each(all)("probation: %s", (_name, adversary) => {
    const { cost, wrong, slandered } = trustOutcome({ trust: "probation", adversary, ...size });
    expect(slandered).toBe(0);
    expect(wrong).toBeLessThanOrEqual(size.tasks / 1000);
    // A tab's first results cost twice; of 50 for each tab, that is a third, and what liars cost.
    expect(cost).toBeLessThan(1.6);
  });

  test.each(all)("a quorum of two with nodes to decide: %s", (_name, adversary) => {
    const { wrong, slandered } = trustOutcome({ trust: { quorum: 2 }, adversary, ...size });
    expect(slandered).toBe(0);
    // Only where both that were asked tell the same lie.
    expect(wrong / size.tasks).toBeLessThanOrEqual(adversary.colluding ? adversary.bad ** 2 : 0);
  });

  test("probation: 5 % are honest for 30 tasks, then always lie, and are found before the job ends", () => {
    const longer = { volunteers: 40, tasks: 20_000 };
    const { wrong, wrongAtFirst, slandered } = trustOutcome({ trust: "probation", adversary: SLEEPER, ...longer });
    expect([wrong, slandered]).toEqual([0, 0]);
    expect(wrongAtFirst).toBeGreaterThan(0);
  });

  test("any: what liars say is what is taken", () => {
    const adversary = ADVERSARIES["20 % always tell the same lie"];
    const { cost, wrong } = trustOutcome({ trust: "any", adversary, ...size });
    expect(cost).toBe(1);
    expect(wrong / size.tasks).toBeGreaterThan(0.15);
  });
});
