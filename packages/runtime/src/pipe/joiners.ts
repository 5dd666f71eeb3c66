/** The four ways in which the values of several sources become one: merged, one after another, queued, or the newest. */
import { PIPE_QUEUE } from "../defaults.ts";
import type { Flow, Run } from "./flow.ts";
import { Hub, type Input } from "./hub.ts";
import { flowOf, type PipeSource } from "./sources.ts";

export type JoinerName = "merge" | "concat" | "chain" | "switch";

/** What takes sources, also while others go on. */
export interface Joiner<T> {
  add(source: PipeSource<T>): void;
  /** Those that have not ended. */
  readonly size: number;
}

/** `changed` is told when a source has ended. */
type MakeJoiner = <T>(hub: Hub<T>, changed: () => void) => Joiner<T>;

/** Whatever comes from any of them. */
const merging: MakeJoiner = (hub, changed) => {
  let open = 0;
  return {
    get size() {
      return open;
    },
    add(source) {
      open += 1;
      hub.read(flowOf(source, hub.run), {
        value: (value) => hub.give(value),
        end: () => {
          open -= 1;
          changed();
        },
      });
    },
  };
};

/** One after another; each is opened when the one before has ended. */
const concatenating: MakeJoiner = <T>(hub: Hub<T>, changed: () => void): Joiner<T> => {
  const waiting: PipeSource<T>[] = [];
  let isOpen = false;
  const begin = (): void => {
    const source = waiting.shift();
    isOpen = source !== undefined;
    if (source === undefined) return;
    hub.read(flowOf(source, hub.run), {
      value: (value) => hub.give(value),
      end: () => {
        begin();
        changed();
      },
    });
  };
  return {
    get size() {
      return waiting.length + (isOpen ? 1 : 0);
    },
    add(source) {
      waiting.push(source);
      if (!isOpen) begin();
    },
  };
};

interface Link<T> {
  /** What came before its turn. */
  readonly queue: T[];
  readonly input: Input<T>;
}

/** One after another; all are read, and those whose turn has not come are queued up. */
const chaining: MakeJoiner = <T>(hub: Hub<T>, changed: () => void): Joiner<T> => {
  const links: Link<T>[] = [];
  /** The next one's turn has come. */
  const flush = (): void => {
    const [first] = links;
    if (first === undefined) return;
    for (const value of first.queue.splice(0)) hub.give(value);
    if (first.input.isOver) {
      links.shift();
      flush();
    } else first.input.resume();
  };
  return {
    get size() {
      return links.length;
    },
    add(source) {
      const queue: T[] = [];
      const link: Link<T> = {
        queue,
        input: hub.read(flowOf(source, hub.run), {
          value: (value) => {
            if (links[0] === link) return hub.give(value);
            queue.push(value);
            if (queue.length >= PIPE_QUEUE) link.input.pause();
          },
          end: () => {
            if (links[0] !== link) return;
            links.shift();
            flush();
            changed();
          },
          wants: hub.ahead,
        }),
      };
      links.push(link);
    },
  };
};

/** One of them, until another has a value. */
const switching: MakeJoiner = <T>(hub: Hub<T>, changed: () => void): Joiner<T> => {
  const inputs = new Set<Input<T>>();
  let active: Input<T> | undefined;
  return {
    get size() {
      return inputs.size;
    },
    add(source) {
      const input = hub.read<T>(flowOf(source, hub.run), {
        value: (value) => {
          if (active !== undefined && active !== input) {
            inputs.delete(active);
            active.close();
            changed();
          }
          active = input;
          hub.give(value);
        },
        end: () => {
          inputs.delete(input);
          if (active === input) active = undefined;
          changed();
        },
        wants: hub.ahead,
      });
      inputs.add(input);
    },
  };
};

const JOINERS: Readonly<Record<JoinerName, MakeJoiner>> = {
  merge: merging,
  concat: concatenating,
  chain: chaining,
  switch: switching,
};

export function joined<T>(name: JoinerName, sources: readonly PipeSource<T>[], run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    const joiner: Joiner<T> = JOINERS[name](hub, () => {
      if (joiner.size === 0) hub.end();
    });
    for (const source of sources) joiner.add(source);
    if (sources.length === 0) hub.end();
  });
}

/** A source for each value of another, `inFlight` of them at once. */
export function joinedMap<T, U>(
  name: JoinerName,
  source: Flow<T>,
  make: (value: T) => PipeSource<U>,
  inFlight: number,
  run: Run,
): Flow<U> {
  // Those after the first are opened when their turn comes: more need not wait.
  const limit = name === "concat" ? 1 : inFlight;
  return new Hub<U>(run, (hub) => {
    const changed = (): void => {
      if (joiner.size === 0 && outer.isOver) hub.end();
      else if (joiner.size < limit) outer.resume();
    };
    const joiner: Joiner<U> = JOINERS[name](hub, changed);
    const outer = hub.read<T>(source, {
      value: (value) => {
        joiner.add(make(value));
        if (joiner.size >= limit) outer.pause();
      },
      end: changed,
      // A new source may take the place of the one that is read.
      ...(name === "chain" || name === "switch" ? { wants: hub.ahead } : {}),
    });
  });
}
