/** Supervisors: tasks that keep other tasks running. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect } from "../contracts/operation.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type NameTable, nameTable } from "../message/names.ts";
import type { TaskContext } from "../task/context.ts";
import { defaultEngine } from "../task/default-engine.ts";
import type { Engine } from "../task/engine.ts";
import { needsGrace } from "../task/own-grace.ts";
import type { RestartNote } from "./restart-child.ts";
import { running } from "../task/running.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { Task } from "../task/types.ts";
import { backoffFor, countRestart, type Intensity, type Restart, restartGroup, wantsRestart } from "./restart.ts";
import {
  type CheckedSpec,
  type ChildSpec,
  type SupervisedTask,
  type SupervisorChildSpec,
  type SupervisorSpec,
  checkSpec,
} from "./supervisor-spec.ts";
import { type SupervisedChild, type Supervision, supervisions } from "./supervisors.ts";

/**
 * Keeps children running: starts them in order, starts them again when they end as their `restart` says, stops them in
 * reverse order when it is cancelled. It returns when every child has ended for good.
 *
 * @throws {SkeinError} `OPTION_INVALID` for a description that is none; joining it: `RESTART_LIMIT` when restarts exceed
 *   the intensity, with the last failure as cause, `NAME_TAKEN` when a task that is not its own has a child's name
 * @example
 * const shop = supervise({
 *   strategy: "one-for-one",
 *   intensity: { restarts: 5, withinMs: MINUTE_MS },
 *   children: [{ name: "till", start: till, args: [8080], restart: "always" }],
 * });
 */
export function supervise<const C extends SupervisorSpec["children"]>(spec: CheckedSpec<C>): Task<void> {
  // Its children are those of a SupervisorSpec, with more said about them.
  const plain = spec as unknown as SupervisorSpec;
  checkSpec(plain);
  return spawn(superviseSteps, [plain], { name: plain.name ?? "supervisor" });
}

/** A message to a supervisor from what it started. */
type Note =
  | { readonly type: "ended"; readonly child: number; readonly run: number; readonly exit: Exit<unknown> }
  | { readonly type: "start"; readonly child: number; readonly run: number }
  | RestartNote;

class Child implements SupervisedChild {
  readonly index: number;
  readonly spec: ChildSpec | SupervisorChildSpec;
  /** Counts its starts, so that notes of an earlier run are known. */
  run = 0;
  task: SupervisedTask | undefined = undefined;
  /** How often it was started. */
  starts = 0;
  /** Of its latest run: what its name leads to. */
  ref: TaskRef | undefined = undefined;
  monitor: Disposable | undefined = undefined;
  /** It will not be started again. */
  over = false;
  /** Restarts in a row, for the back-off. */
  failures = 0;
  lastStartMs = 0;

  constructor(index: number, spec: ChildSpec | SupervisorChildSpec) {
    this.index = index;
    this.spec = spec;
  }

  get restart(): Restart {
    return this.spec.restart ?? "always";
  }
}

function* superviseSteps(task: TaskContext<Note>, spec: SupervisorSpec): Generator<Effect, void, unknown> {
  const children = spec.children.map((child, index) => new Child(index, child));
  const engine = running.engine ?? defaultEngine();
  const shown: Supervision = { ref: task.ref, spec, children, times: [], stopping: false };
  const list = engine.part(supervisions);
  needsGrace(graceFor(spec));
  list.add(shown);
  try {
    for (const child of children) startChild(task, engine, child);
    while (children.some((child) => !child.over)) {
      const note = yield* task.receive();
      const child = children[note.child];
      if (child === undefined || (note.type !== "restart" && note.run !== child.run)) continue;
      if (note.type === "restart") {
        yield* restartByHand(task, engine, children, restartGroup(spec.strategy, child.index, children.length), child);
        note.done.resolve();
        continue;
      }
      if (note.type === "start") {
        startChild(task, engine, child);
        continue;
      }
      child.task = undefined;
      freeName(engine.part(nameTable), child);
      const again = wantsRestart(child.restart, note.exit);
      logFailure(task, child, note.exit, again);
      if (!again) {
        child.over = true;
        continue;
      }
      const nowMs = engine.platform.now();
      const counted = countRestart(shown.times, nowMs, spec.intensity);
      if (counted === undefined) throw limitError(child, spec.intensity, note.exit);
      shown.times = counted;
      child.failures = nowMs - child.lastStartMs < spec.intensity.withinMs ? child.failures + 1 : 1;
      yield* restart(task, engine, children, restartGroup(spec.strategy, child.index, children.length), child);
    }
  } finally {
    shown.stopping = true;
    try {
      yield* stopAll(engine, children.toReversed());
    } finally {
      list.delete(shown);
    }
  }
}

function* restart(
  task: TaskContext<Note>,
  engine: Engine,
  children: readonly Child[],
  group: readonly number[],
  cause: Child,
): Generator<Effect, void, unknown> {
  const affected = children.filter((child) => group.includes(child.index));
  yield* stopAll(engine, affected.filter((child) => child !== cause).toReversed());
  const pauseMs = backoffFor(cause.spec.backoffMs ?? 0, cause.failures);
  for (const child of affected) {
    // One that is never restarted goes down with its group for good; others that had ended come back with it.
    child.over = child.restart === "never";
    if (child.over) continue;
    child.run += 1;
    if (pauseMs === 0) startChild(task, engine, child);
    else task.spawn(startLater, [task.ref, { type: "start", child: child.index, run: child.run }, pauseMs]);
  }
}

/** From outside: `chosen` is started again whatever became of it, and those that its strategy restarts with it. */
function* restartByHand(
  task: TaskContext<Note>,
  engine: Engine,
  children: readonly Child[],
  group: readonly number[],
  chosen: Child,
): Generator<Effect, void, unknown> {
  const affected = children.filter((child) => group.includes(child.index));
  yield* stopAll(engine, affected.toReversed());
  chosen.failures = 0;
  for (const child of affected) {
    child.over = child !== chosen && child.restart === "never";
    if (!child.over) startChild(task, engine, child);
  }
}

function* startLater(
  _task: TaskContext,
  supervisor: TaskRef<Note>,
  note: Note,
  ms: number,
): Generator<Effect, void, unknown> {
  yield* sleep(ms);
  supervisor.send(note);
}

function startChild(task: TaskContext<Note>, engine: Engine, child: Child): void {
  const { spec, index } = child;
  const names = engine.part(nameTable);
  freeName(names, child);
  if (names.lookup(spec.name, "task") !== undefined) throw takenError(spec.name);
  child.run += 1;
  const { run } = child;
  child.starts += 1;
  child.lastStartMs = engine.platform.now();
  const started = startSpec(task, spec);
  child.task = started;
  child.ref = started.ref;
  child.monitor = task.monitor(started.ref, (exit) => ({ type: "ended", child: index, run, exit }));
  names.register(spec.name, child.ref);
}

/** Takes back the name of a run that is over: of a task elsewhere the table does not know that. */
function freeName(names: NameTable, child: Child): void {
  const { name } = child.spec;
  if (child.ref !== undefined && names.lookup(name, "task") === child.ref) names.unregister(name, "task");
  child.ref = undefined;
}

/** Says why a child failed: where it is started again, or never again, nobody else does. */
function logFailure(task: TaskContext<Note>, child: Child, exit: Exit<unknown>, again: boolean): void {
  const error = failureOf(exit);
  if (error === undefined) return;
  task.log.warn("child.failed", { child: child.spec.name, end: exit.type, restarts: again, error });
}

function startSpec(task: TaskContext<Note>, spec: ChildSpec | SupervisorChildSpec): SupervisedTask {
  if ("strategy" in spec) return task.spawn(superviseSteps, [spec], { name: spec.name });
  const { start, args = [], on, name } = spec;
  // The function's own arguments: each child has others, so their types end here.
  if (on !== undefined) return on.run(start as never, args as never);
  return task.spawn(start as (context: TaskContext) => unknown, args as [], { name });
}

/** Each child has the usual time to clean up, one after another. */
function graceFor(spec: SupervisorSpec): number {
  return spec.children.reduce((ms, child) => ms + ("strategy" in child ? graceFor(child) : CANCEL_GRACE_MS), 0);
}

/** Stops one after another, in the order given. */
function* stopAll(engine: Engine, children: readonly Child[]): Generator<Effect, void, unknown> {
  for (const child of children) {
    // What it still says of this run is not wanted.
    child.run += 1;
    child.monitor?.[Symbol.dispose]();
    const { task } = child;
    child.task = undefined;
    if (task !== undefined) yield* task.cancel("its supervisor stops it");
    freeName(engine.part(nameTable), child);
  }
}

function limitError(child: Child, { restarts, withinMs }: Intensity, exit: Exit<unknown>): SkeinError {
  return new SkeinError(
    "RESTART_LIMIT",
    `child ${child.spec.name} ended again after ${restarts} restarts within ${withinMs} ms`,
    {
      hint: "repair what the cause says, or allow more restarts",
      cause: exit.type === "cancelled" ? exit.reason : failureOf(exit),
    },
  );
}

function failureOf(exit: Exit<unknown>): Error | undefined {
  if (exit.type === "failed" || exit.type === "lost") return exit.error;
  return exit.type === "cancelled" && exit.reason instanceof Error ? exit.reason : undefined;
}

function takenError(name: string): SkeinError {
  return new SkeinError("NAME_TAKEN", `child ${name} is not started: another task is registered under its name`, {
    hint: "give the child another name, or unregister that task first",
  });
}
