/** Values of several sources side by side: pairs of those at the same place, pairs of the latest, parts cut by a signal. */
import { PIPE_QUEUE } from "../defaults.ts";
import type { Flow, Run } from "./flow.ts";
import { Hub, type Input } from "./hub.ts";
import { flowOf, type PipeSource } from "./sources.ts";

/** Lists of the values at one place; it ends with the first source that does. */
export function zipped(sources: readonly PipeSource<unknown>[], run: Run): Flow<unknown[]> {
  return new Hub(run, (hub) => {
    let list: unknown[] = [];
    let missing = sources.length;
    const inputs = sources.map((source, index) => {
      const input: Input<unknown> = hub.read(flowOf(source, run), {
        value: (value) => {
          list[index] = value;
          input.pause();
          missing -= 1;
          if (missing > 0) return;
          hub.give(list);
          list = [];
          missing = sources.length;
          for (const one of inputs) one.resume();
        },
        end: () => hub.end(),
      });
      return input;
    });
  });
}

/** A list of the latest values at each new one; `isPartial`: `undefined` for those that have given none. */
export function latestOf(sources: readonly PipeSource<unknown>[], isPartial: boolean, run: Run): Flow<unknown[]> {
  return new Hub(run, (hub) => {
    const latest: unknown[] = Array.from({ length: sources.length });
    const missing = new Set(latest.keys());
    sources.forEach((source, index) =>
      hub.read(flowOf(source, run), {
        value: (value) => {
          latest[index] = value;
          missing.delete(index);
          if (isPartial || missing.size === 0) hub.give([...latest]);
        },
      }),
    );
  });
}

/** The source's values until the notifier gives one. */
export function until<T>(source: Flow<T>, notifier: Flow<unknown>, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    hub.read(notifier, { value: () => hub.end(), end: () => undefined, wants: () => true });
    hub.read(source, { value: (value) => hub.give(value), end: () => hub.end() });
  });
}

/** Lists of what came between two values of `timer`. */
export function chunkedWith<T>(source: Flow<T>, timer: Flow<unknown>, emitEmpty: boolean, run: Run): Flow<T[]> {
  return new Hub<T[]>(run, (hub) => {
    let list: T[] = [];
    const tell = (): void => {
      hub.give(list);
      list = [];
    };
    const values = hub.read<T>(source, {
      value: (value) => {
        list.push(value);
        if (list.length >= PIPE_QUEUE) values.pause();
      },
      end: () => {
        if (list.length > 0) tell();
        hub.end();
      },
      wants: hub.ahead,
    });
    hub.read(timer, {
      value: () => {
        if (list.length > 0 || emitEmpty) tell();
        values.resume();
      },
      end: () => undefined,
      wants: hub.ahead,
    });
  });
}

/** The latest value at each value of `timer`, once there is one. */
export function sampled<T>(source: Flow<T>, timer: Flow<unknown>, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    let latest: { readonly value: T } | undefined;
    hub.read(source, { value: (value) => (latest = { value }), end: () => hub.end(), wants: hub.ahead });
    hub.read(timer, {
      value: () => (latest === undefined ? undefined : hub.give(latest.value)),
      end: () => hub.end(),
      wants: hub.ahead,
    });
  });
}

/** The latest value only, for who is slower than the source. */
export function skipped<T>(source: Flow<T>, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    hub.read(source, { value: (value) => hub.replace(value), end: () => hub.end(), wants: () => true });
  });
}
