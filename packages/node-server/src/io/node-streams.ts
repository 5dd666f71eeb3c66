/** Node's streams as streams of tasks, and the other way round. */
import { Readable, type Writable } from "node:stream";
import { op, type Operation, SkeinError, type Steps, type Stream, type WaitOptions } from "@skein/runtime";
import { StreamOf } from "@skein/runtime/host";
import { type Ends, waitFor } from "./callback-wait.ts";

type Step<T> = IteratorResult<T, undefined>;

/**
 * The chunks (or objects) of a Node stream, read only as far as they are asked for. One that a given-up wait took goes
 * back. Who leaves before the end leaves the stream open. T is what the stream gives; nothing checks it. An error of
 * the stream is thrown to the next who waits, however long that takes.
 *
 * @throws the stream's own error; `FILE_FAILED` when it was closed before its end
 *
 * @example
 * yield* fromNodeStream<Buffer>(createReadStream("in.bin")).forEach((chunk) => hash.update(chunk));
 */
export function fromNodeStream<T = Buffer>(readable: Readable): Stream<T> {
  readable.on("error", ignore);
  return new StreamOf(() => nextChunk<T>(readable));
}

/** What the stream keeps as `errored` is thrown to who waits; without a listener it would end the process. */
const ignore = (): void => {};

/** Why a stream that was closed gives or takes no more: its error, or that its end never came. */
export function closedEarlyError(stream: Readable | Writable): Error {
  if (stream.errored instanceof Error) return stream.errored;
  return new SkeinError("FILE_FAILED", "a stream was closed before its end", {
    hint: "something destroyed it; what it gave until then is not all of it",
  });
}

function nextChunk<T>(readable: Readable): Operation<Step<T>> {
  const unclaimed = (step: Step<T>): void => {
    if (step.done !== true) readable.unshift(step.value);
  };
  return waitFor<Step<T>>({ what: "a chunk of a stream", unclaimed }, (ends) => {
    if (readNow(readable, ends)) return undefined;
    const look = (): void => void (readNow(readable, ends) && leave());
    const onError = (error: Error): void => {
      leave();
      ends.fail(error);
    };
    const leave = (): void => {
      readable.off("readable", look).off("end", look).off("close", look).off("error", onError);
    };
    readable.on("readable", look).on("end", look).on("close", look).on("error", onError);
    return leave;
  });
}

function readNow<T>(readable: Readable, ends: Ends<Step<T>>): boolean {
  if (readable.errored !== null) {
    ends.fail(readable.errored);
    return true;
  }
  // The caller says what the stream gives.
  const chunk = readable.read() as T | null;
  if (chunk !== null) ends.settle({ done: false, value: chunk });
  else if (readable.readableEnded) ends.settle({ done: true, value: undefined });
  else if (readable.destroyed) ends.fail(() => closedEarlyError(readable));
  else return false;
  return true;
}

/**
 * A Node stream of the values of anything iterable, for libraries that want one. `objectMode: false` for bytes.
 *
 * @example
 * toNodeStream(file.chunks(), { objectMode: false }).pipe(createGzip());
 */
export function toNodeStream<T>(
  source: AsyncIterable<T> | Iterable<T>,
  options: { readonly objectMode?: boolean } = {},
): Readable {
  return Readable.from(source, { objectMode: options.objectMode ?? true });
}

/**
 * Writes every value of `source` into a Node stream, pushed back by it, and ends it unless `end` is false.
 *
 * @throws the stream's own error; `FILE_FAILED` when it was closed before all was written
 * @example
 * yield* intoNodeStream(file.chunks(), response);
 */
export function intoNodeStream<T>(
  source: Stream<T>,
  writable: Writable,
  options: WaitOptions & { readonly end?: boolean } = {},
): Operation<void> {
  return op(writeAll<T>, [source, writable, options]);
}

function* writeAll<T>(
  source: Stream<T>,
  writable: Writable,
  options: WaitOptions & { readonly end?: boolean },
): Steps<void> {
  writable.on("error", ignore);
  yield* source.forEach((value) => (writable.write(value) ? undefined : taken(writable, "drain", options)));
  if (options.end !== false) {
    writable.end();
    yield* taken(writable, "finish", options);
  }
  writable.off("error", ignore);
}

/** Waits until the stream has taken what was written. */
function taken(writable: Writable, event: "drain" | "finish", limits: WaitOptions): Operation<void> {
  return waitFor<void>({ what: `a stream's ${event}`, limits }, (ends) => {
    const ready = (): boolean => (event === "drain" ? !writable.writableNeedDrain : writable.writableFinished);
    const look = (): void => {
      if (writable.errored !== null) ends.fail(writable.errored);
      else if (ready()) ends.settle();
      else if (writable.destroyed) ends.fail(() => closedEarlyError(writable));
      else return;
      leave();
    };
    const leave = (): void => {
      writable.off(event, look).off("close", look).off("error", look);
    };
    writable.on(event, look).on("close", look).on("error", look);
    look();
    return leave;
  });
}
