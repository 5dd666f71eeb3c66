/** What every pipe can: it is read, as a stream, in a channel, or by an operator of one's own. */
import type { Operation, Steps, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { op } from "../task/op.ts";
import { type StreamOf, streamOfSteps } from "../task/stream.ts";
import { type Flow, Run } from "./flow.ts";
import type { Pipe, PipeResult } from "./pipe.ts";
import { flowOf, iterableOf, type Opens, type PipeSource } from "./sources.ts";
import { type Stage, StageFlow } from "./stage.ts";

export interface ToChannelOptions {
  /** Waits for at least so many subscribers before each value. Default 0. */
  readonly subscribers?: number;
  /** Closes the channel at the end. Default false. */
  readonly close?: boolean;
}

/** A channel that takes such values. */
export interface ChannelFor<T> {
  readonly deliver: (value: T, options?: { readonly subscribers?: number }) => Operation<number>;
  close(): Operation<void>;
}

export abstract class BasePipe<T> implements Stream<T>, Opens<T> {
  readonly #open: (run: Run) => Flow<T>;
  /** For `next`: one run, until its end. */
  #reading: StreamOf<T> | undefined;

  constructor(open: (run: Run) => Flow<T>) {
    this.#open = open;
  }

  /** For other pipes: begins a run. */
  openRun(run: Run): Flow<T> {
    return this.#open(run);
  }

  /** The next value of one run that all calls share; after its end another begins. */
  next(): Operation<IteratorResult<T, undefined>> {
    this.#reading ??= this.#stream(() => (this.#reading = undefined));
    return this.#reading.next();
  }

  /** Reads a run to its end; waits for what `fn` gives, a promise or operation, before it asks for the next value. */
  forEach(fn: (value: T) => unknown): Operation<void> {
    const stream = this.#stream(() => undefined);
    return op(function* (): Steps<void> {
      yield* stream.forEach(fn);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return iterableOf(() => this.#open(new Run()))[Symbol.asyncIterator]();
  }

  /**
   * Publishes each value on `channel`, and waits until its subscribers have it before the next; gives how many values
   * there were.
   * @throws {SkeinError} `CHANNEL_CLOSED`, and what the pipe throws
   */
  toChannel(channel: ChannelFor<T>, { subscribers = 0, close = false }: ToChannelOptions = {}): Operation<number> {
    const values = this.#open;
    return op(function* (): Steps<number> {
      let count = 0;
      const stream = streamOf(() => values(new Run()));
      yield* stream.forEach(function* (value): Steps<void> {
        yield* channel.deliver(value, { subscribers });
        count += 1;
      });
      if (close) yield* channel.close();
      return count;
    });
  }

  /** An operator of one's own: what `operator` makes of this pipe. */
  pipe<U>(operator: (pipe: Pipe<T>) => PipeSource<U>): Pipe<U> {
    return this.made((run) => flowOf(operator(this.made((inner) => this.#open(inner))), run));
  }

  /** Another pipe, made of runs of this one. */
  protected abstract made<U>(open: (run: Run) => Flow<U>): Pipe<U>;

  /** The same, which is an operation as well. */
  protected abstract resulting<U, R>(open: (run: Run) => Flow<U>, options?: WaitOptions): PipeResult<U, R>;

  /** By an operator that never waits; `make` begins its work in one run. */
  protected staged<U>(make: (run: Run) => Stage<T, U>): Pipe<U> {
    return this.made((run) => new StageFlow(this.#open(run), make(run)));
  }

  /** By one function for each value. */
  protected each<U>(fn: (value: T) => U): Pipe<U> {
    return this.staged(() => ({ on: (value, out) => out.give(fn(value)) }));
  }

  #stream(over: () => void): StreamOf<T> {
    return streamOf(() => this.#open(new Run()), over);
  }
}

/** A run that begins with the first value asked for, and is over when reading it is given up. */
function streamOf<T>(open: () => Flow<T>, over: () => void = () => undefined): StreamOf<T> {
  let flow: Flow<T> | undefined;
  const close = async (): Promise<void> => {
    over();
    await flow?.close();
  };
  return streamOfSteps(
    async () => {
      flow ??= open();
      const step = await flow.next();
      if (step.done === true) over();
      return step;
    },
    close,
    // Nobody else has it.
    () => void close().catch(() => undefined),
  );
}
