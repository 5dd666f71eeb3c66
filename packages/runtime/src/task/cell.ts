/** One task as the runtime keeps it: its generator, its state in one number, its place in the tree. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { cancelledError } from "./cancelled.ts";
import { cancelCell, tellPending, throwPending } from "./cancel.ts";
import { bodyReturned, bodyThrew, follow } from "./ending.ts";
import type { Engine, Runnable } from "./engine.ts";
import * as flag from "./flags.ts";
import { Mailbox } from "./mailbox.ts";
import { More } from "./more.ts";
import type { OwnedWait } from "./owned-wait.ts";
import type { ReceiveWait } from "./receive.ts";
import { EFFECT, running } from "./running.ts";
import type { Waiter } from "./wait.ts";
import type { Watch } from "./watch.ts";

type Body = Generator<Effect, unknown, unknown>;

/** What a function that is no generator function waits to be called with. */
export interface Call {
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}

/**
 * Plain fields and few of them: this is what a parked task costs. What only some tasks need is in {@link More}.
 * The class with a context's methods is below it, in `task-context.ts`.
 */
export class TaskCell implements Waiter, Runnable {
  gen: Body | undefined = undefined;
  /** Its name, or the function whose name it has. */
  label: string | { readonly name: string };
  flags: number;
  /**
   * While it is parked, what it waits in; when it is ready, that or what it goes on with; when it has ended, its
   * {@link Exit}.
   * For an async task, before its start its {@link Call}, then the first of the waits it owns.
   */
  slot: unknown = undefined;
  /** Its parent, or its engine when it has none. */
  readonly holder: TaskCell | Engine;
  next: TaskCell | undefined = undefined;
  previous: TaskCell | undefined = undefined;
  more: More | undefined = undefined;
  firstWatch: Watch | undefined = undefined;

  constructor(engine: Engine, parent: TaskCell | undefined, label: string | { readonly name: string }, flags: number) {
    this.holder = parent ?? engine;
    this.label = label;
    this.flags = flags | flag.FRESH;
    this.link();
    if ((flags & flag.HIDDEN) !== 0) return;
    if ((flags & flag.BACKGROUND) !== 0) engine.backgroundTasks += 1;
    else engine.foregroundTasks += 1;
  }

  get engine(): Engine {
    const { holder } = this;
    // Whoever has children has More, and keeps the engine there for them: a chain of tasks may be any length.
    return holder instanceof TaskCell ? (holder.more as More).engine : holder;
  }

  get parent(): TaskCell | undefined {
    return this.holder instanceof TaskCell ? this.holder : undefined;
  }

  /** Made with the first message that has to wait. */
  get mailbox(): Mailbox | undefined {
    return this.more?.mailbox;
  }

  openMailbox(): Mailbox {
    const more = this.extra();
    more.mailbox ??= new Mailbox();
    return more.mailbox;
  }

  get name(): string {
    const { label } = this;
    return typeof label === "string" ? label : label.name || "task";
  }

  /** The logger it was given when it was started for others; its children have it, too. */
  get ownLogger(): Logger | undefined {
    return undefined;
  }

  get background(): boolean {
    return (this.flags & flag.BACKGROUND) !== 0;
  }

  get ended(): boolean {
    return (this.flags & flag.ENDED) !== 0;
  }

  /** How it ended, once it has. */
  get exitNow(): Exit<unknown> | undefined {
    // At the end the slot holds the exit.
    return (this.flags & flag.ENDED) === 0 ? undefined : (this.slot as Exit<unknown>);
  }

  extra(): More {
    this.more ??= new More(this.engine);
    return this.more;
  }

  /** Goes on from the ready queue. The wait stays in the slot, so that its value is given back if nobody takes it. */
  resume(): void {
    this.flags &= ~flag.PARKED;
    this.engine.ready(this);
  }

  step(): void {
    running.cell = this;
    const { slot } = this;
    this.slot = undefined;
    let result: IteratorResult<Effect, unknown> | undefined;
    try {
      // Not special: it has a generator and has begun.
      if ((this.flags & flag.SPECIAL) === 0) result = (this.gen as Body).next(slot);
      else result = this.stepSpecial(slot);
    } catch (error) {
      running.cell = undefined;
      bodyThrew(this, error);
      return;
    }
    running.cell = undefined;
    if (result === undefined) return;
    if (result.done === true) bodyReturned(this, result.value);
    else if (result.value !== EFFECT) this.refusePlainYield();
  }

  private stepSpecial(slot: unknown): IteratorResult<Effect, unknown> | undefined {
    const { flags, gen } = this;
    if ((flags & flag.BODY_ENDED) !== 0) {
      this.slot = slot;
      return undefined;
    }
    this.flags = flags & ~(flag.FRESH | flag.THROW | flag.TELL_CANCEL);
    if (gen === undefined) {
      // Without a generator the slot holds the call until it is made.
      return this.startCall(slot as Call);
    }
    if ((flags & flag.TELL_CANCEL) !== 0) return gen.throw(cancelledError(this.name, this.more?.reason));
    if ((flags & flag.THROW) !== 0) return gen.throw(slot);
    return gen.next(slot);
  }

  private startCall({ fn, args }: Call): IteratorResult<Effect, unknown> | undefined {
    const { platform } = this.engine;
    // What it awaits later is then known to be a background task's.
    const given =
      platform.runAs === undefined ? fn(this, ...args) : platform.runAs(this.background, () => fn(this, ...args));
    if (isBody(given)) {
      this.flags &= ~(flag.ASYNC | flag.MORE_RECEIVERS);
      this.gen = given;
      return given.next();
    }
    if (!isThenable(given)) return { done: true, value: given };
    follow(this, given);
    return undefined;
  }

  private refusePlainYield(): void {
    this.slot = new SkeinError("TASK_FAILED", "a task used yield where yield* belongs", {
      hint: "write yield* before an operation; the compiler finds these",
    });
    this.flags |= flag.THROW;
    this.engine.ready(this);
  }

  /** Called by an operation that begins while something is pending. True when the task is told that instead.
   * `cuts` says whether an upgrade may cut it here. */
  tellPending(cuts: boolean): boolean {
    return tellPending(this, cuts);
  }

  /** The same for an async task: throws it. */
  throwPending(cuts: boolean): void {
    throwPending(this, cuts);
  }

  /** @param withParent because its parent is: then it may clean up as long as that */
  cancelNow(reason: unknown, graceMs?: number, withParent: boolean = false): void {
    cancelCell(this, reason, graceMs, withParent);
  }

  /** Puts `message` in the mailbox. @throws {SkeinError} `MAILBOX_FULL` */
  send(message: unknown): void {
    const { flags } = this;
    if ((flags & (flag.PARKED | flag.RECEIVING | flag.MORE_RECEIVERS)) === (flag.PARKED | flag.RECEIVING)) {
      this.flags = flags & ~flag.PARKED;
      this.slot = message;
      this.engine.ready(this);
    } else if ((flags & (flag.ENDED | flag.MORE_RECEIVERS)) === 0) {
      this.openMailbox().push(message);
    } else if (!this.accept(message)) {
      this.openMailbox().push(message);
    }
  }

  /** A message that somebody had received, as number `order`, but nobody took: it is among the next ones again. */
  putBack(message: unknown, order: number): void {
    if (!this.accept(message)) this.openMailbox().putBack(message, order);
  }

  /** A message that is never dropped for want of room. */
  sendNotice(message: unknown): void {
    if (this.accept(message)) return;
    this.openMailbox().pushNotice(message);
  }

  /** Calls back once, when its mailbox has room again. */
  onRoom(call: () => void): Disposable {
    return this.openMailbox().onRoom(call);
  }

  /** Hands `message` to who waits for it. True also when nobody ever will: the task has ended. */
  accept(message: unknown): boolean {
    if ((this.flags & flag.ENDED) !== 0) {
      this.engine.droppedMessages += 1;
      return true;
    }
    if ((this.flags & flag.ASYNC) !== 0) return this.acceptAsync(message);
    for (const receiver of this.more?.receivers?.slice() ?? []) {
      if (receiver.offer(message)) return true;
    }
    if ((this.flags & (flag.PARKED | flag.RECEIVING)) !== (flag.PARKED | flag.RECEIVING)) return false;
    this.slot = message;
    this.resume();
    return true;
  }

  /** An async task's receives are among the waits it owns, oldest first. */
  private acceptAsync(message: unknown): boolean {
    if ((this.flags & flag.FRESH) !== 0) return false;
    // As in addOwned.
    let wait = this.slot as OwnedWait<unknown> | undefined;
    while (wait !== undefined) {
      const next: OwnedWait<unknown> | undefined = wait.nextOwned;
      if (wait.offer(message)) return true;
      wait = next;
    }
    return false;
  }

  addReceiver(wait: ReceiveWait): void {
    if ((this.flags & flag.ASYNC) !== 0) return;
    const more = this.extra();
    (more.receivers ??= []).push(wait);
    this.flags |= flag.MORE_RECEIVERS;
  }

  removeReceiver(wait: ReceiveWait): void {
    if ((this.flags & flag.ASYNC) !== 0) return;
    const receivers = this.more?.receivers;
    const index = receivers?.indexOf(wait) ?? -1;
    if (receivers !== undefined && index >= 0) void receivers.splice(index, 1);
    if (receivers?.length === 0) this.flags &= ~flag.MORE_RECEIVERS;
  }

  /** The `wake` that came before, if one did. */
  takeWake(): { readonly value: unknown } | undefined {
    if ((this.flags & flag.WAKE_KEPT) === 0) return undefined;
    this.flags &= ~flag.WAKE_KEPT;
    const kept = this.more?.keptWake;
    this.extra().keptWake = undefined;
    return kept;
  }

  /** Hangs a wait of this async task at the end of its list. */
  addOwned(wait: OwnedWait<unknown>): void {
    // An async task's slot holds the first of its waits, and that one's `previousOwned` the last.
    const first = this.slot as OwnedWait<unknown> | undefined;
    if (first === undefined) {
      this.slot = wait;
      wait.previousOwned = wait;
      return;
    }
    const last = first.previousOwned ?? first;
    last.nextOwned = wait;
    wait.previousOwned = last;
    first.previousOwned = wait;
  }

  removeOwned(wait: OwnedWait<unknown>): void {
    const { nextOwned, previousOwned } = wait;
    const first = this.slot as OwnedWait<unknown> | undefined; // as above
    if (first === wait) {
      this.slot = nextOwned;
      if (nextOwned !== undefined) nextOwned.previousOwned = previousOwned;
    } else if (previousOwned !== undefined) {
      previousOwned.nextOwned = nextOwned;
      if (nextOwned !== undefined) nextOwned.previousOwned = previousOwned;
      else if (first !== undefined) first.previousOwned = previousOwned;
    }
    wait.nextOwned = undefined;
    wait.previousOwned = undefined;
  }

  /** Its exit, if it has ended: from now on the failure is the caller's to handle. */
  observe(): Exit<unknown> | undefined {
    if ((this.flags & flag.ENDED) === 0) return undefined;
    this.flags |= flag.OBSERVED;
    return this.exitNow;
  }

  addWatch(watch: Watch): void {
    const first = this.firstWatch;
    if (first === undefined) {
      this.firstWatch = watch;
      watch.previousWatch = watch;
      return;
    }
    // The first one's `previous` is the last one, so that they are told in order.
    const last = first.previousWatch ?? first;
    last.nextWatch = watch;
    watch.previousWatch = last;
    first.previousWatch = watch;
  }

  removeWatch(watch: Watch): void {
    const { nextWatch, previousWatch } = watch;
    if (this.firstWatch === watch) {
      this.firstWatch = nextWatch;
      if (nextWatch !== undefined) nextWatch.previousWatch = previousWatch;
    } else if (previousWatch !== undefined) {
      previousWatch.nextWatch = nextWatch;
      if (nextWatch !== undefined) nextWatch.previousWatch = previousWatch;
      else if (this.firstWatch !== undefined) this.firstWatch.previousWatch = previousWatch;
    }
    watch.nextWatch = undefined;
    watch.previousWatch = undefined;
  }

  private link(): void {
    const { holder } = this;
    // An engine has its tasks where a parent has its children.
    const list = holder instanceof TaskCell ? holder.extra() : holder;
    const first = list.firstChild;
    this.next = first;
    if (first !== undefined) first.previous = this;
    list.firstChild = this;
  }

  /** Takes it out of its parent's children. */
  unlink(): void {
    const { holder, next, previous } = this;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else if (holder instanceof TaskCell) holder.extra().firstChild = next;
    else holder.firstChild = next;
    this.next = undefined;
    this.previous = undefined;
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** Whether `value` is a generator's object, as a task function may return it. */
export function isBody(value: unknown): value is Body {
  return (
    typeof value === "object" &&
    value !== null &&
    "next" in value &&
    "throw" in value &&
    "return" in value &&
    Symbol.iterator in value &&
    !("then" in value)
  );
}
