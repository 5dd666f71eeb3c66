/** Decides which results of volunteers' tabs are believed, which are checked, and whose are not taken any more. Pure. */
import {
  PROBATION_RESULTS,
  QUORUM_ANSWERS_LIMIT,
  SPOT_CHECK_SHARE,
  UNCHECKED_BYTES_LIMIT,
  UNCHECKED_RESULTS_LIMIT,
} from "../defaults.ts";
import { type NodeId, type TaskId } from "../ids.ts";

/**
 * What a job makes of results that come from tabs.
 *
 * - `any`: they are taken as they come.
 * - `probation`: the first 10 of each tab are checked on a node, then one in as many as were found right, and 1 % for ever;
 *   errors always are.
 * - `servers-only`: tabs get none of its tasks.
 * - `{ quorum: n }`: n tabs must agree, of which no two share an identity or a network; where some don't, a node decides.
 */
export type Trust = "any" | "probation" | "servers-only" | { readonly quorum: number };

/** Who answered. */
export interface Answerer {
  readonly node: NodeId;
  /** A node, whose word is final; false for a tab. */
  readonly own: boolean;
  /** The network it is in, as {@link networkOf} tells it; tabs of which it isn't known count as of one. */
  readonly network?: string | undefined;
}

/** How a task ended there; an error is an answer, too: a tab may make one up. */
export type Answer =
  | { readonly type: "returned"; readonly value: unknown }
  | { readonly type: "failed"; readonly error: Error };

export type TrustEvent =
  /** An attempt has answered. `draw` is random, from 0 up to 1. */
  | {
      readonly type: "answered";
      readonly task: TaskId;
      readonly from: Answerer;
      readonly answer: Answer;
      readonly draw: number;
      /** What the job's `verify` says of it, where it has one. */
      readonly verified?: boolean | undefined;
      /** Whether a node is there that can check. */
      readonly servers: boolean;
      /** About how many bytes it takes to have it done again later. */
      readonly bytes?: number;
    }
  /** A node has done an accepted task again. */
  | { readonly type: "redone"; readonly task: TaskId; readonly answer: Answer }
  /** The task has ended otherwise: cancelled, lost, timed out. */
  | { readonly type: "ended"; readonly task: TaskId };

export type TrustAction =
  /** It is the task's result. */
  | { readonly type: "accept"; readonly task: TaskId; readonly answer: Answer }
  /** The task is to run once more: at a node, or at a tab, but at none of these and in none of these networks. */
  | { readonly type: "again"; readonly task: TaskId; readonly on: "server" }
  | {
      readonly type: "again";
      readonly task: TaskId;
      readonly on: "tab";
      readonly notNodes: readonly NodeId[];
      /** Those of which it isn't known are `undefined`: they count as of one. */
      readonly notNetworks: readonly (string | undefined)[];
    }
  /** It is not going to be done again any more. */
  | { readonly type: "forget"; readonly task: TaskId }
  /** Nothing of this tab counts from now on, and nothing more is sent to it. */
  | { readonly type: "distrust"; readonly node: NodeId; readonly task: TaskId }
  /** This accepted result came unchecked from a tab that was caught since: it is to be done again, at a node. */
  | { readonly type: "redo"; readonly task: TaskId }
  /** A result that was accepted was wrong; this is the right one. */
  | { readonly type: "correct"; readonly task: TaskId; readonly answer: Answer };

/** What is known of a tab. */
interface TabRecord {
  /** Results that were checked and found right. */
  right: number;
  distrusted: boolean;
  /** Accepted as it gave them, the oldest first. */
  readonly unchecked: Map<TaskId, Unchecked>;
  /** What these take. */
  uncheckedBytes: number;
}

interface Unchecked {
  readonly answer: Answer;
  readonly bytes: number;
}

interface Given {
  readonly from: Answerer;
  readonly answer: Answer;
}

export interface TrustState {
  readonly trust: Trust;
  /** Where no node is there to check, results are taken in probation, and remembered. */
  readonly lax: boolean;
  readonly same: (a: Answer, b: Answer) => boolean;
  readonly tabs: Map<NodeId, TabRecord>;
  /** Answers to tasks that have no result yet. */
  readonly open: Map<TaskId, Given[]>;
  /** Wrong until shown otherwise: accepted results that are being done again. */
  readonly redoing: Map<TaskId, Answer>;
  /** What all that is remembered takes. */
  uncheckedBytes: number;
}

/** `same`: whether two answers are one; by `equal` of the job, or {@link sameAnswer}. */
export function createTrustState(trust: Trust, same: TrustState["same"], lax: boolean = false): TrustState {
  return { trust, lax, same, tabs: new Map(), open: new Map(), redoing: new Map(), uncheckedBytes: 0 };
}

/** Whether the tab was caught. */
export const isDistrusted = ({ tabs }: TrustState, node: NodeId): boolean => tabs.get(node)?.distrusted === true;

/** Whether that result of the tab was taken unchecked, and would be done again. */
export const remembers = ({ tabs }: TrustState, node: NodeId, task: TaskId): boolean =>
  tabs.get(node)?.unchecked.has(task) === true;

/** Whether a tab that isn't caught yet has said otherwise of that task. */
export const isDisputed = (state: TrustState, task: TaskId, answer: Answer): boolean =>
  state.open.get(task)?.some((one) => !isDistrusted(state, one.from.node) && !state.same(one.answer, answer)) === true;

/** Changes the state; what is to be done comes in this order. */
export function judge(state: TrustState, event: TrustEvent): readonly TrustAction[] {
  if (event.type === "answered") return answered(state, event);
  if (event.type === "redone") return redone(state, event.task, event.answer);
  state.open.delete(event.task);
  state.redoing.delete(event.task);
  return [];
}

function answered(state: TrustState, event: TrustEvent & { readonly type: "answered" }): readonly TrustAction[] {
  const { trust } = state;
  const { task, from, answer, verified } = event;
  if (from.own) return decided(state, task, answer);
  if (isDistrusted(state, from.node)) return [{ type: "again", task, on: "server" }];
  if (verified === false) return [...caught(state, from.node, task), { type: "again", task, on: "server" }];
  if (trust === "any" || verified === true) return accepted(state, task, answer);
  if (trust === "servers-only") return [{ type: "again", task, on: "server" }];
  if (trust !== "probation") return voted(state, event, trust.quorum);
  const tab = tabOf(state, from.node);
  // An error that a tab made up would end its task, and errors are few.
  const isNew = tab.right < PROBATION_RESULTS || answer.type === "failed";
  // What is too much to be remembered could never be done again.
  const isHuge = !((event.bytes ?? 0) <= UNCHECKED_BYTES_LIMIT);
  const isChecked = isNew || isHuge || event.draw < 1 / tab.right + SPOT_CHECK_SHARE;
  if (!isChecked || (state.lax && !event.servers)) {
    return [...accepted(state, task, answer), ...(isHuge ? [] : remember(state, tab, event))];
  }
  givenTo(state, task).push({ from, answer });
  return [{ type: "again", task, on: "server" }];
}

/** A node has answered: that is the result, and shows who was right. */
function decided(state: TrustState, task: TaskId, answer: Answer): readonly TrustAction[] {
  const out: TrustAction[] = [];
  for (const given of state.open.get(task) ?? []) {
    const { node } = given.from;
    if (isDistrusted(state, node)) continue;
    if (state.same(given.answer, answer)) tabOf(state, node).right += 1;
    else out.push(...caught(state, node, task));
  }
  return [...accepted(state, task, answer), ...out];
}

/** Whether enough tabs that have nothing to do with each other agree. */
function voted(
  state: TrustState,
  { task, from, answer, servers }: TrustEvent & { readonly type: "answered" },
  quorum: number,
): readonly TrustAction[] {
  const given = givenTo(state, task);
  given.push({ from, answer });
  const counted = given.filter((one) => !isDistrusted(state, one.from.node));
  const alike = counted.filter((one) => state.same(one.answer, answer));
  const agree = alike.length === counted.length;
  const enough = independent(alike).length >= quorum;
  // Where they differ a node decides, if there is one: those that are wrong together would have the majority sometimes.
  if ((agree || !servers) && enough) return accepted(state, task, answer);
  if ((!agree && servers) || given.length >= QUORUM_ANSWERS_LIMIT) return [{ type: "again", task, on: "server" }];
  const notNodes = given.map((one) => one.from.node);
  const notNetworks = [...new Set(given.map((one) => one.from.network))];
  return [{ type: "again", task, on: "tab", notNodes, notNetworks }];
}

/** One of each identity and network, the first. */
function independent(given: readonly Given[]): readonly Given[] {
  const nodes = new Set<NodeId>();
  const networks = new Set<string | undefined>();
  return given.filter(({ from: { node, network } }) => {
    if (nodes.has(node) || networks.has(network)) return false;
    nodes.add(node);
    networks.add(network);
    return true;
  });
}

function accepted(state: TrustState, task: TaskId, answer: Answer): readonly TrustAction[] {
  state.open.delete(task);
  return [{ type: "accept", task, answer }];
}

/** The tab has answered wrongly: what it gave before, and nobody checked, is done again. */
function caught(state: TrustState, node: NodeId, task: TaskId): readonly TrustAction[] {
  const tab = tabOf(state, node);
  if (tab.distrusted) return [];
  tab.distrusted = true;
  const out: TrustAction[] = [{ type: "distrust", node, task }];
  state.uncheckedBytes -= tab.uncheckedBytes;
  tab.uncheckedBytes = 0;
  for (const [earlier, { answer }] of tab.unchecked) {
    state.redoing.set(earlier, answer);
    out.push({ type: "redo", task: earlier });
  }
  tab.unchecked.clear();
  return out;
}

function redone(state: TrustState, task: TaskId, answer: Answer): readonly TrustAction[] {
  const before = state.redoing.get(task);
  state.redoing.delete(task);
  if (before === undefined || state.same(before, answer)) return [];
  return [{ type: "correct", task, answer }];
}

/** Up to so many of each tab, and so many bytes of all: a tab with much makes room before those with little. */
function remember(
  state: TrustState,
  tab: TabRecord,
  { task, answer, bytes = 0 }: TrustEvent & { readonly type: "answered" },
): readonly TrustAction[] {
  tab.unchecked.set(task, { answer, bytes });
  tab.uncheckedBytes += bytes;
  state.uncheckedBytes += bytes;
  const out: TrustAction[] = [];
  if (tab.unchecked.size > UNCHECKED_RESULTS_LIMIT) out.push(forgetOldest(state, tab));
  while (state.uncheckedBytes > UNCHECKED_BYTES_LIMIT) out.push(forgetOldest(state, heaviest(state, tab)));
  return out;
}

function forgetOldest(state: TrustState, tab: TabRecord): TrustAction {
  // It remembers one at least: it has bytes, or too many.
  const [task, { bytes }] = tab.unchecked.entries().next().value as [TaskId, Unchecked];
  tab.unchecked.delete(task);
  tab.uncheckedBytes -= bytes;
  state.uncheckedBytes -= bytes;
  return { type: "forget", task };
}

function heaviest({ tabs }: TrustState, first: TabRecord): TabRecord {
  let most = first;
  for (const tab of tabs.values()) if (tab.uncheckedBytes > most.uncheckedBytes) most = tab;
  return most;
}

function tabOf({ tabs }: TrustState, node: NodeId): TabRecord {
  let tab = tabs.get(node);
  if (tab === undefined) {
    tab = { right: 0, distrusted: false, unchecked: new Map(), uncheckedBytes: 0 };
    tabs.set(node, tab);
  }
  return tab;
}

function givenTo({ open }: TrustState, task: TaskId): Given[] {
  let given = open.get(task);
  if (given === undefined) {
    given = [];
    open.set(task, given);
  }
  return given;
}
