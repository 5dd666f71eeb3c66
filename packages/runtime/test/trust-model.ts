/** Volunteers who lie, in the ways of an adversary, and a job that judges what they give: for tests and the gate of trust. */
import {
  judge,
  createTrustState,
  isDistrusted,
  type Answer,
  type Trust,
  type TrustAction,
} from "../src/cluster/trust.ts";
import { type NodeId, type TaskId } from "../src/ids.ts";
import { seededRandom } from "../src/testing/seeded-random.ts";

export interface Adversary {
  /** Share of the volunteers that lie. */
  readonly bad: number;
  /** How often one of them does. */
  readonly lies: number;
  /** All liars tell the same lie. */
  readonly colluding: boolean;
  /** A liar comes with a new identity after so many tasks. */
  readonly newIdentityAfter?: number;
  /** Each identity of a liar is honest for so many tasks first. */
  readonly honestFor?: number;
}

export interface Outcome {
  /** Executions for each task. */
  readonly cost: number;
  /** Tasks whose last word was a lie, and those of which a lie was given to the caller first. */
  readonly wrong: number;
  readonly wrongAtFirst: number;
  /** Honest volunteers that were distrusted. */
  readonly slandered: number;
}

interface Volunteer {
  readonly bad: boolean;
  id: NodeId;
  /** Tasks under its present identity. */
  done: number;
}

export interface TrustModelOptions {
  readonly trust: Trust;
  readonly adversary: Adversary;
  readonly volunteers: number;
  readonly tasks: number;
  readonly seed?: number;
  /** Nodes of one's own are there. Default: they are. */
  readonly servers?: boolean;
}

/** Runs the tasks one after the other; each begins at a volunteer, and ends when its result is accepted. */
export function trustOutcome(options: TrustModelOptions): Outcome {
  const { trust, adversary, seed = 1, servers = true } = options;
  const random = seededRandom(seed);
  const state = createTrustState(
    trust,
    (a, b) => a.type === "returned" && b.type === "returned" && a.value === b.value,
  );
  let serial = 0;
  // Only told apart here, as are tasks.
  const newId = (): NodeId => `v${(serial += 1)}` as NodeId;
  const volunteers = Array.from({ length: options.volunteers }, (_, at): Volunteer => {
    return { bad: at < options.volunteers * adversary.bad, id: newId(), done: 0 };
  });
  const honest: Answer = { type: "returned", value: "right" };
  const results = new Map<TaskId, Answer>();
  let runs = 0;
  let wrongAtFirst = 0;

  const pick = (not: readonly NodeId[]): Volunteer | undefined => {
    for (let tries = 0; tries < 1000; tries += 1) {
      const one = volunteers[Math.floor(random() * volunteers.length)];
      if (one === undefined || not.includes(one.id)) continue;
      const { newIdentityAfter = Infinity } = adversary;
      const renews = one.bad && (isDistrusted(state, one.id) || one.done >= newIdentityAfter);
      if (renews && adversary.newIdentityAfter !== undefined) {
        one.id = newId();
        one.done = 0;
      }
      if (!isDistrusted(state, one.id)) return one;
    }
    return undefined;
  };
  const lieOf = (task: TaskId): Answer => ({
    type: "returned",
    value: adversary.colluding ? "lie" : `${task} ${random()}`,
  });
  const atTab = (task: TaskId, not: readonly NodeId[]): readonly TrustAction[] => {
    const one = pick(not);
    if (one === undefined) return atServer(task);
    runs += 1;
    one.done += 1;
    const answer = one.bad && one.done > (adversary.honestFor ?? 0) && random() < adversary.lies ? lieOf(task) : honest;
    const from = { node: one.id, own: false, network: `network of ${one.id}` };
    return judge(state, { type: "answered", task, from, answer, draw: random(), servers });
  };
  const atServer = (task: TaskId): readonly TrustAction[] => {
    runs += 1;
    const from = { node: "own" as NodeId, own: true };
    return judge(state, { type: "answered", task, from, answer: honest, draw: random(), servers });
  };
  const perform = (first: readonly TrustAction[]): void => {
    const queue = [...first];
    for (let action = queue.shift(); action !== undefined; action = queue.shift()) {
      const { type, task } = action;
      if (type === "accept") {
        results.set(task, action.answer);
        if (action.answer !== honest) wrongAtFirst += 1;
      } else if (type === "correct") results.set(task, action.answer);
      else if (type === "again") queue.push(...(action.on === "tab" ? atTab(task, action.notNodes) : atServer(task)));
      else if (type === "redo") {
        runs += 1;
        queue.push(...judge(state, { type: "redone", task, answer: honest }));
      }
    }
  };
  for (let n = 0; n < options.tasks; n += 1) perform(atTab(`t${n}` as TaskId, []));

  const wrong = Array.from(results.values()).filter((answer) => answer !== honest).length;
  const slandered = volunteers.filter(({ bad, id }) => !bad && isDistrusted(state, id)).length;
  if (results.size !== options.tasks) throw new TypeError(`${results.size} of ${options.tasks} tasks have a result`);
  return { cost: runs / options.tasks, wrong, wrongAtFirst, slandered };
}

/** Those of the simulation that the rules were chosen by. */
export const ADVERSARIES = {
  "5 % lie in half of their answers, each its own lie": { bad: 0.05, lies: 0.5, colluding: false },
  "5 % lie in half of their answers, all the same lie": { bad: 0.05, lies: 0.5, colluding: true },
  "20 % always tell the same lie": { bad: 0.2, lies: 1, colluding: true },
  "5 % lie and take a new identity every 15 tasks": { bad: 0.05, lies: 0.5, colluding: true, newIdentityAfter: 15 },
} satisfies Readonly<Record<string, Adversary>>;

/** It passes probation, and is found by spot checks only: what it gave before is done again then. */
export const SLEEPER: Adversary = { bad: 0.05, lies: 1, colluding: true, honestFor: 30 };
