/** A source that several pipes read: each value goes to all of them, and what they make is put together again. */
import { PIPE_QUEUE } from "../defaults.ts";
import { Deque } from "../deque.ts";
import { SkeinError } from "../errors.ts";
import { type Answer, END, type Flow, type Run, type Step } from "./flow.ts";
import { joined, type JoinerName } from "./joiners.ts";
import type { Pipe } from "./pipe.ts";
import { latestOf, zipped } from "./zips.ts";

/** Reads a source as its fastest branch asks. */
class Tee<T> {
  readonly #source: Flow<T>;
  readonly #branches = new Set<Branch<T>>();
  #asking = false;

  constructor(source: Flow<T>) {
    this.#source = source;
  }

  /** A reader that gets all values from now on. */
  branch(): Flow<T> {
    const branch = new Branch<T>(this);
    this.#branches.add(branch);
    return branch;
  }

  ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const answered = (tell: (branch: Branch<T>) => void): void => {
      this.#asking = false;
      for (const branch of this.#branches) tell(branch);
    };
    let answer: Answer<T>;
    try {
      answer = this.#source.next();
    } catch (error) {
      answered((branch) => branch.fail(error));
      return;
    }
    if (!(answer instanceof Promise)) {
      const step = answer;
      answered((branch) => branch.put(step));
      return;
    }
    answer.then(
      (step) => answered((branch) => branch.put(step)),
      (error: unknown) => answered((branch) => branch.fail(error)),
    );
  }

  /** One is too far behind: all of them are told. */
  overflow(): void {
    const error = tooFarBehind();
    for (const branch of this.#branches) branch.end(error);
  }

  /** The last that leaves closes the source. */
  leave(branch: Branch<T>): Promise<unknown> | undefined {
    this.#branches.delete(branch);
    return this.#branches.size === 0 ? this.#source.close() : undefined;
  }
}

class Branch<T> implements Flow<T> {
  readonly #tee: Tee<T>;
  readonly #steps = new Deque<Step<T> | { readonly error: unknown }>();
  #asker: PromiseWithResolvers<Step<T>> | undefined;
  #isOver = false;

  constructor(tee: Tee<T>) {
    this.#tee = tee;
  }

  next(): Answer<T> {
    if (this.#steps.size === 0 && !this.#isOver) this.#tee.ask();
    const step = this.#steps.shift();
    if (step !== undefined) {
      if ("error" in step) throw step.error;
      return step;
    }
    if (this.#isOver) return END;
    this.#asker = Promise.withResolvers<Step<T>>();
    return this.#asker.promise;
  }

  close(): Promise<unknown> | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    this.#steps.keep(() => false);
    this.#asker?.resolve(END);
    return this.#tee.leave(this);
  }

  /** Values are missing, which must not pass unseen. */
  end(error: SkeinError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#steps.keep(() => false);
    this.fail(error);
    void this.#tee.leave(this);
  }

  put(step: Step<T>): void {
    const asker = this.#asker;
    this.#asker = undefined;
    if (step.done === true) this.#isOver = true;
    if (asker !== undefined) asker.resolve(step);
    else if (step.done !== true) this.#keep(step);
  }

  fail(error: unknown): void {
    const asker = this.#asker;
    this.#asker = undefined;
    if (asker === undefined) this.#keep({ error });
    else asker.reject(error);
  }

  #keep(step: Step<T> | { readonly error: unknown }): void {
    if (this.#steps.size < PIPE_QUEUE) this.#steps.push(step);
    else this.#tee.overflow();
  }
}

/** Branches of a pipe that have not been put together yet. */
export class Fork<B extends readonly unknown[]> {
  readonly #open: (run: Run) => Flow<unknown>;
  readonly #branches: readonly ((pipe: Pipe<never>) => Pipe<unknown>)[];
  readonly #made: <U>(open: (run: Run) => Flow<U>) => Pipe<U>;

  constructor(
    open: (run: Run) => Flow<unknown>,
    branches: readonly ((pipe: Pipe<never>) => Pipe<unknown>)[],
    made: <U>(open: (run: Run) => Flow<U>) => Pipe<U>,
  ) {
    this.#open = open;
    this.#branches = branches;
    this.#made = made;
  }

  /** What all branches give, as it comes. */
  merge(): Pipe<B[number]> {
    return this.#join("merge");
  }

  /** What the first gives, then what the next gives that were queued up meanwhile. */
  chain(): Pipe<B[number]> {
    return this.#join("chain");
  }

  /** What the first gives, then what the next gives from then on. */
  concat(): Pipe<B[number]> {
    return this.#join("concat");
  }

  /** What one gives, until another gives something. */
  switch(): Pipe<B[number]> {
    return this.#join("switch");
  }

  /** Lists of what they give at the same place. */
  zip(): Pipe<B> {
    // One of each branch, in their order.
    return this.#made((run) => zipped(this.#pipes(run), run)) as unknown as Pipe<B>;
  }

  /** Lists of the latest of each, at each new value; `undefined` for those that have given none. */
  zipLatest(options: { readonly partial?: boolean } = {}): Pipe<{ [K in keyof B]: B[K] | undefined }> {
    // As above.
    return this.#made((run) => latestOf(this.#pipes(run), options.partial ?? true, run)) as unknown as Pipe<{
      [K in keyof B]: B[K] | undefined;
    }>;
  }

  #join(name: JoinerName): Pipe<B[number]> {
    return this.#made((run) => joined<B[number]>(name, this.#pipes(run) as readonly Pipe<B[number]>[], run)); // of B
  }

  #pipes(run: Run): readonly Pipe<unknown>[] {
    const tee = new Tee(this.#open(run));
    // Each takes what the source gives, as `fork` has checked.
    return this.#branches.map((branch) => branch(this.#made(() => tee.branch()) as Pipe<never>));
  }
}

const tooFarBehind = (): SkeinError =>
  new SkeinError("MAILBOX_FULL", `a branch of a fork is ${PIPE_QUEUE} values behind the others`, {
    hint: "put branches together that read at the same pace (zip, merge), or read the source twice",
  });
