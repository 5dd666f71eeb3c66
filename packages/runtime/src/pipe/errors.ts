/** Operators of errors: an error in the place of a value is told, made a value, or ends the pipe. */
import { type Answer, END, type Flow, type Step } from "./flow.ts";

/** What became of a pipe, one after another. */
export type PipeEvent<T> =
  | { readonly type: "value"; readonly value: T }
  | { readonly type: "failed"; readonly error: unknown }
  | { readonly type: "done" };

/** What is made of each answer of a source; `undefined` goes on. */
interface Catching<T, U> {
  value(value: T): Step<U> | undefined;
  error(error: unknown): Step<U>;
  end(): Step<U>;
}

class CaughtFlow<T, U> implements Flow<U> {
  readonly #source: Flow<T>;
  readonly #catching: Catching<T, U>;
  #isOver = false;

  constructor(source: Flow<T>, catching: Catching<T, U>) {
    this.#source = source;
    this.#catching = catching;
  }

  next(): Answer<U> {
    while (!this.#isOver) {
      let answer: Answer<T>;
      try {
        answer = this.#source.next();
      } catch (error) {
        return this.#catching.error(error);
      }
      if (answer instanceof Promise) return this.#wait(answer);
      const made = this.#made(answer);
      if (made !== undefined) return made;
    }
    return END;
  }

  close(): Promise<unknown> | undefined {
    this.#isOver = true;
    return this.#source.close();
  }

  async #wait(first: Promise<Step<T>>): Promise<Step<U>> {
    let answer: Answer<T> = first;
    while (!this.#isOver) {
      let step: Step<T>;
      try {
        step = await answer;
      } catch (error) {
        return this.#catching.error(error);
      }
      const made = this.#made(step);
      if (made !== undefined) return made;
      try {
        answer = this.#source.next();
      } catch (error) {
        return this.#catching.error(error);
      }
    }
    return END;
  }

  #made(step: Step<T>): Step<U> | undefined {
    if (step.done !== true) return this.#catching.value(step.value);
    if (this.#isOver) return END;
    this.#isOver = true;
    return this.#catching.end();
  }
}

/** The errors of a source in the place of its values. */
export const errorsOf = (source: Flow<unknown>): Flow<unknown> =>
  new CaughtFlow<unknown, unknown>(source, {
    value: () => undefined,
    error: (error) => ({ done: false, value: error }),
    end: () => END,
  });

/** Values, errors and the end of a source as values. */
export const eventsOf = <T>(source: Flow<T>): Flow<PipeEvent<T>> =>
  new CaughtFlow<T, PipeEvent<T>>(source, {
    value: (value) => ({ done: false, value: { type: "value", value } }),
    error: (error) => ({ done: false, value: { type: "failed", error } }),
    end: () => ({ done: false, value: { type: "done" } }),
  });

/** The values before the first error. */
export function beforeError<T>(source: Flow<T>): Flow<T> {
  const flow: Flow<T> = new CaughtFlow<T, T>(source, {
    value: (value) => ({ done: false, value }),
    error: () => {
      // What it throws then is no more than the error was.
      void flow.close()?.catch(() => undefined);
      return END;
    },
    end: () => END,
  });
  return flow;
}
