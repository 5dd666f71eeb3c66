/** Something that a page holds open for a task: until it is closed, or the task ends. */
import { type Operation, type Stream } from "../contracts/operation.ts";
import { StreamOf } from "../task/stream.ts";
import { until } from "../task/until.ts";
import { type AskAbility } from "./task-io.ts";

/** The task it is for. */
export interface IoOwner {
  onEnd(call: () => void): Disposable;
}

/** What is opened and closed is so whatever becomes of who waits for it. */
const always: AbortSignal = new AbortController().signal;

const nothing = (): void => undefined;

export class PageHeld {
  readonly #ask: AskAbility;
  readonly #owner: IoOwner;
  readonly #ability: string;
  readonly #args: readonly unknown[];
  #opened: PromiseLike<unknown> | undefined;
  #closed: Promise<void> | undefined;
  #atEnd: Disposable | undefined;

  constructor(ask: AskAbility, owner: IoOwner, ability: string, args: readonly unknown[]) {
    this.#ask = ask;
    this.#owner = owner;
    this.#ability = ability;
    this.#args = args;
  }

  /** What the page calls it. */
  open(): PromiseLike<unknown> {
    if (this.#opened !== undefined) return this.#opened;
    this.#opened = this.#ask(`${this.#ability}.open`, this.#args, always);
    this.#atEnd = this.#owner.onEnd(() => void this.close());
    return this.#opened;
  }

  /** What comes of it, opened by the first that is waited for. The caller says of what kind. */
  values<T>(): Stream<T> {
    return new StreamOf<T>(
      () => until(async (signal) => (await this.#next(signal)) as IteratorResult<T, undefined>),
      () => this.close(),
    );
  }

  /** Acts at once. Twice does nothing. */
  close(): Operation<void> {
    this.#closed ??= this.#closeNow();
    return until(this.#closed);
  }

  async #next(signal: AbortSignal): Promise<unknown> {
    if (this.#closed !== undefined) return { done: true, value: undefined };
    return await this.#ask(`${this.#ability}.next`, [await this.open()], signal);
  }

  async #closeNow(): Promise<void> {
    this.#atEnd?.[Symbol.dispose]();
    const opened = this.#opened;
    if (opened === undefined) return;
    try {
      await this.#ask(`${this.#ability}.close`, [await opened], always);
    } catch {
      nothing(); // it was not opened, or the page is gone, and it with it
    }
  }
}
