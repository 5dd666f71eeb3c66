/** What only some tasks need; a task gets one of these when it first needs any of it, so that others stay small. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { TaskId } from "../ids.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Timer } from "./timers.ts";
import type { ReceiveWait } from "./receive.ts";
import type { LocalRef } from "./task-ref.ts";

/** New code that a task is to be given. */
export interface PendingUpgrade {
  /** Tells a generator task that begins a wait; false when it must not be cut there. */
  tellAtWait(cell: TaskCell, cuts: boolean): boolean;
  /** The same for an async task: throws. */
  throwAtWait(cell: TaskCell, cuts: boolean): void;
  /** A part of what `cell` waits in may be cut: done from the ready queue, when it stands there. */
  cutSoon(cell: TaskCell): void;
  /** The old function is over, by `thrown` or by returning (`undefined`): begins the new one when that is what it says. */
  begin(cell: TaskCell, thrown: unknown): boolean;
  /** Tells who asked for it that it has begun, or why it can't. */
  done(error?: Error): void;
}

export class More {
  /** For its children. */
  readonly engine: Engine;
  /** First of the children; they are linked by `next` and `previous`. */
  firstChild: TaskCell | undefined = undefined;
  mailbox: Mailbox | undefined = undefined;
  id: TaskId | undefined = undefined;
  /** Who elsewhere may cancel it. */
  owner: Endpoint | undefined = undefined;
  ref: LocalRef | undefined = undefined;
  /** Those who wait for messages otherwise than by a plain receive, oldest first. */
  receivers: ReceiveWait[] | undefined = undefined;
  locals: Map<unknown, unknown> | undefined = undefined;
  controller: AbortController | undefined = undefined;
  /** Why it was cancelled. */
  reason: unknown = undefined;
  graceTimer: Timer | undefined = undefined;
  /** Cancelled, it may clean up until then. */
  graceUntilMs: number | undefined = undefined;
  /** Whoever cancelled it said how long that may take. */
  graceGiven = false;
  /** How long it needs to clean up when nobody says how long it may. */
  ownGraceMs: number | undefined = undefined;
  keptWake: { readonly value: unknown } | undefined = undefined;
  interrupt: unknown = undefined;
  /** A child whose failure nobody has taken yet. */
  failedChild: TaskCell | undefined = undefined;
  upgrade: PendingUpgrade | undefined = undefined;
  /** What `use` opened is being closed. */
  closing = false;
  /** Closes what `use` opened, last first, and calls back. */
  closeOpened: ((done: (error?: unknown) => void) => void) | undefined = undefined;
  /** Called when it ends, after its watchers. */
  cleanups: Set<() => void> | undefined = undefined;
  /** With `trace`: the stack of who spawned it, and what it used. */
  trace: TaskTrace | undefined = undefined;

  constructor(engine: Engine) {
    this.engine = engine;
  }
}

/** What is kept about a task with `trace: true`. */
export interface TaskTrace {
  readonly spawnedBy: string;
  readonly createdMs: number;
  sinceMs: number;
  switches: number;
  cpuMs: number;
}
