/** The Web's streams as streams of tasks, and the other way round. */
import type { Stream } from "../contracts/operation.ts";
import { streamOfSteps } from "./stream.ts";

/**
 * The chunks of a Web stream, in every browser (not all can iterate one). Who leaves before the end cancels it.
 *
 * @example
 * yield* fromWebStream(response.body).forEach((chunk) => { bytes += chunk.length; });
 */
export function fromWebStream<T>(readable: ReadableStream<T>): Stream<T> {
  const reader = readable.getReader();
  return streamOfSteps<T>(
    async () => reader.read(),
    async () => {
      await reader.cancel();
      reader.releaseLock();
    },
  );
}

/**
 * A Web stream of the values of anything iterable; it takes a value only when one is asked for.
 *
 * @example
 * return new Response(toWebStream(file.chunks()));
 */
export function toWebStream<T>(source: AsyncIterable<T> | Iterable<T>): ReadableStream<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const step = await iterator.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
