/** Runs peers, and all that is under them, in virtual time: the same seed gives the same run. */
import { loadNetwork } from "../../cluster/on-demand.ts";
import { SkeinError, isSkeinError } from "../../errors.ts";
import { SimWorld } from "./sim-world.ts";
import type { SimulateOptions, World } from "./types.ts";

/** Lines of the trace in a failure's message. */
const TRACE_LINES = 12;

/** Simulations of a process run one after another: operations find their runtime by whose turn it is. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `script` in a world of its own: the peers it names, joined to one cluster, on virtual time and a network that
 * loses, delays and separates as told. Hours pass in moments, and the same seed gives the same run again. What is awaited in
 * the script moves the time on; only what the world and its peers give may be awaited.
 *
 * @param script gets the world when every peer has joined
 * @returns what the script returned
 * @throws what the script threw, with the seed and the last lines of the trace in its message; the first error that
 *   nobody in a peer handled; `TIMEOUT` when it can't go on or takes too long, `OPTION_INVALID` when that is because another one
 *   was begun inside it
 * @example
 * await simulate({ seed: 1, peers: { a: worker, b: worker } }, async (world) => {
 *   world.partition("a", "b");
 *   await world.advance(MINUTE_MS);
 *   world.heal();
 * });
 */
export function simulate<M extends Readonly<Record<string, unknown>>, T>(
  options: SimulateOptions<M>,
  script: (world: World) => PromiseLike<T> | T,
): Promise<T> {
  if (!Number.isSafeInteger(options.seed)) throw notASeed(options.seed);
  if (current?.kernel.current !== undefined) current.mayWaitForItself = true;
  const run = last.then(() => runWorld(options, script));
  last = run.catch(() => undefined);
  return run;
}

/** The one that runs now. */
let current: SimWorld | undefined;

async function runWorld<M extends Readonly<Record<string, unknown>>, T>(
  options: SimulateOptions<M>,
  script: (world: World) => PromiseLike<T> | T,
): Promise<T> {
  // Who begins a peer or client by the public functions finds the network half there.
  await loadNetwork();
  // Each program is given messages of its own type: here they are all the same.
  const world = new SimWorld(options as unknown as SimulateOptions);
  current = world;
  let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  try {
    world.start(
      () => script(world),
      (end) => {
        outcome = end;
      },
    );
    await world.kernel.run(() => outcome !== undefined);
    if (outcome === undefined) throw new Error("the script has not ended");
    if ("error" in outcome) throw outcome.error;
    const [unhandled] = world.unhandled;
    if (unhandled !== undefined) throw failedIn(unhandled.peer, unhandled.error);
    // The outcome's value is what the script gave.
    return outcome.value as T;
  } catch (error) {
    throw explained(isSkeinError(error, "TIMEOUT") && world.mayWaitForItself ? nested(error) : error, world);
  } finally {
    current = undefined;
  }
}

/** The same error, so that its class and what else it carries stay; its message says how to see it again. */
function explained(thrown: unknown, world: SimWorld): unknown {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const lines = [
    error.message,
    "",
    `This was seed ${world.seed}, at ${world.now().toFixed(3)} ms: { seed: ${world.seed} } gives the same run again, and`,
    "{ onTrace: (line) => console.log(line) } shows all that happens in it. It ended with:",
    ...world.trace.tail(TRACE_LINES).map((line) => `  ${line}`),
  ];
  const { stack } = error;
  const before = error.message;
  error.message = lines.join("\n");
  if (stack !== undefined && before !== "") error.stack = stack.replace(before, () => error.message);
  return error;
}

function failedIn(peer: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new Error(`nobody handled an error in the peer ${peer}: ${text}`, { cause });
}

const notASeed = (seed: number): SkeinError =>
  new SkeinError("OPTION_INVALID", `a seed is a whole number, this one is ${seed}`, {
    hint: "for example { seed: 1 }",
  });

const nested = (cause: Error): SkeinError =>
  new SkeinError("OPTION_INVALID", `${cause.message}; a simulation was begun inside it, which waits for its end`, {
    hint: "run one after the other: await the first, then begin the second",
    cause,
  });
