/** Looking at the tasks of a runtime. */
import type { TaskId } from "../ids.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import { ASYNC, BACKGROUND, FRESH, HIDDEN, PARKED } from "./flags.ts";
import type { OwnedWait } from "./owned-wait.ts";
import { PLAIN_RECEIVE } from "./receive.ts";
import type { ContextCell } from "./task-context.ts";
import { stateOf } from "./state-of.ts";
import type { TaskState } from "./types.ts";
import { Wait } from "./wait.ts";

/** Deeper tasks are not indented further. */
const DEEPEST_INDENT = 20;
/** Lines of the report of stuck tasks: what a person reads. */
const REPORT_LINES = 30;

/** A task as `runtime.tasks()` shows it. */
export interface TaskInfo {
  readonly id: TaskId;
  readonly name: string;
  readonly state: TaskState;
  /** What it waits for, in words. */
  readonly waitsFor?: string;
  /** Messages in its mailbox. */
  readonly mailbox: number;
  readonly parent?: TaskId;
  readonly background: boolean;
  /** The rest only with `trace: true`: the stack of who spawned it, … */
  readonly spawnedBy?: string;
  /** … the clock's reading when it began what it does now, … */
  readonly sinceMs?: number;
  /** … how often it was given a turn, and the time it computed. */
  readonly switches?: number;
  readonly cpuMs?: number;
}

/** All tasks, parents before children, oldest first. */
export function listTasks(engine: Engine): readonly TaskInfo[] {
  const tasks: TaskInfo[] = [];
  visit(engine.firstChild, (cell, parent) => tasks.push(infoOf(cell, parent)));
  return tasks;
}

/** A task by its id, with the tasks around it. */
export interface TaskAround {
  readonly task: TaskInfo;
  /** The first messages in its mailbox. */
  readonly messages: readonly unknown[];
  /** Its parent, and that one's, up to the top. */
  readonly parents: readonly TaskInfo[];
  /** Oldest first. */
  readonly children: readonly TaskInfo[];
  /** Children that were left out. */
  readonly more: number;
}

/** What is known of the task of this id, if it is one of this engine: at most `most` parents, children and messages each. */
export function lookAround(engine: Engine, id: TaskId, most: number): TaskAround | undefined {
  const cell = engine.target(id);
  if (!isContext(cell)) return undefined;
  const parents: TaskInfo[] = [];
  for (let above = contextAbove(cell); above !== undefined && parents.length < most; above = contextAbove(above))
    parents.push(infoOf(above, contextAbove(above)));
  const children: TaskInfo[] = [];
  let more = 0;
  // The newest comes first.
  const below: ContextCell[] = [];
  for (let one = cell.more?.firstChild; one !== undefined; one = one.next) if (isContext(one)) below.push(one);
  for (const child of below.toReversed()) {
    if (children.length < most) children.push(infoOf(child, cell));
    else more += 1;
  }
  return {
    task: infoOf(cell, contextAbove(cell)),
    messages: cell.mailbox?.first(most) ?? [],
    parents,
    children,
    more,
  };
}

/** Every cell but the hidden ones is a context; other targets stand for tasks elsewhere. */
const isContext = (target: object | undefined): target is ContextCell =>
  target !== undefined && "flags" in target && typeof target.flags === "number" && (target.flags & HIDDEN) === 0;

function contextAbove(cell: TaskCell): ContextCell | undefined {
  let { parent } = cell;
  while (parent !== undefined && !isContext(parent)) ({ parent } = parent);
  return parent;
}

/** The tree as text: a line a task. */
export function dumpTasks(engine: Engine): string {
  const lines: string[] = [];
  visit(engine.firstChild, (cell, _parent, depth) => {
    const waits = waitsFor(cell);
    const mailbox = cell.mailbox?.size ?? 0;
    lines.push(
      `${"  ".repeat(depth)}${cell.name} ${stateOf(cell)}` +
        (waits === undefined ? "" : `: ${waits}`) +
        (mailbox === 0 ? "" : `, ${mailbox} in its mailbox`) +
        (cell.background ? ", background" : ""),
    );
    const spawnedBy = cell.more?.trace?.spawnedBy;
    if (spawnedBy !== undefined)
      lines.push(...spawnedBy.split("\n").map((line) => `${"  ".repeat(depth + 1)}${line.trim()}`));
  });
  return lines.join("\n");
}

/** What is printed when only waits are left that nothing can end. */
export function stuckReport(engine: Engine): string {
  const lines = dumpTasks(engine).split("\n");
  const more = lines.length - REPORT_LINES;
  const shown = more > 0 ? [...lines.slice(0, REPORT_LINES), `… and ${more} more lines`] : lines;
  const tasks = engine.foregroundTasks;
  return `${tasks === 1 ? "1 task waits" : `${tasks} tasks wait`} for what nothing can end any more:\n${shown.join("\n")}`;
}

type Visit = (cell: ContextCell, parent: ContextCell | undefined, depth: number) => void;

function visit(first: TaskCell | undefined, each: Visit): void {
  // By a list of what is left, because a chain of tasks may be any length. The newest comes first among children.
  interface Left {
    readonly cell: TaskCell;
    readonly parent: ContextCell | undefined;
    readonly depth: number;
  }
  const left: Left[] = [];
  const push = (from: TaskCell | undefined, parent: ContextCell | undefined, depth: number): void => {
    for (let cell = from; cell !== undefined; cell = cell.next) left.push({ cell, parent, depth });
  };
  push(first, undefined, 0);
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { cell, parent, depth } = at;
    // Every cell but the hidden ones is a context.
    const context = (cell.flags & HIDDEN) === 0 ? (cell as ContextCell) : undefined;
    if (context !== undefined) each(context, parent, Math.min(depth, DEEPEST_INDENT));
    push(cell.more?.firstChild, context ?? parent, context === undefined ? depth : depth + 1);
  }
}

function infoOf(cell: ContextCell, parent: ContextCell | undefined): TaskInfo {
  const waits = waitsFor(cell);
  const trace = cell.more?.trace;
  return {
    id: cell.id,
    name: cell.name,
    state: stateOf(cell),
    ...(waits === undefined ? {} : { waitsFor: waits }),
    mailbox: cell.mailbox?.size ?? 0,
    ...(parent === undefined ? {} : { parent: parent.id }),
    background: (cell.flags & BACKGROUND) !== 0,
    ...(trace === undefined
      ? {}
      : { spawnedBy: trace.spawnedBy, sinceMs: trace.sinceMs, switches: trace.switches, cpuMs: trace.cpuMs }),
  };
}

function waitsFor(cell: TaskCell): string | undefined {
  const { flags, slot } = cell;
  if ((flags & HIDDEN) !== 0) return undefined;
  if ((flags & PARKED) !== 0)
    return slot === PLAIN_RECEIVE ? "receive" : slot instanceof Wait ? slot.describe() : undefined;
  if ((flags & (ASYNC | FRESH)) !== ASYNC || !(slot instanceof Wait)) return undefined;
  const waits: string[] = [];
  // An async task's slot holds the first of the waits it owns.
  for (let wait = slot as OwnedWait<unknown> | undefined; wait !== undefined; wait = wait.nextOwned)
    waits.push(wait.describe());
  return waits.join(", ");
}
