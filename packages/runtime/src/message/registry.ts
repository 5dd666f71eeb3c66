/** Names by which tasks, channels and services are found. */
import type { Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { defaultEngine } from "../task/default-engine.ts";
import type { Engine } from "../task/engine.ts";
import { op } from "../task/op.ts";
import { running } from "../task/running.ts";
import { type LocateOptions, type NameKind, type NameTable, nameTable, type RegisterOptions } from "./names.ts";

/** What can have a name: a task or its reference, a channel, a service. */
export type Named =
  | { exit(): unknown }
  | { values(): unknown }
  | { call(args: never): unknown; stream(args: never): unknown };

const engineHere = (): Engine => running.engine ?? defaultEngine();
const namesHere = (): NameTable => engineHere().part(nameTable);

/**
 * Makes `thing` locatable by `name`, here and for other peers. The name is freed when its task ends or its channel is
 * closed. Tasks, channels and services have a space of names each.
 *
 * @throws {SkeinError} `NAME_TAKEN`; `TASK_UNKNOWN` when the task has ended, `CHANNEL_CLOSED`
 * @example
 * register("counter", task);
 */
export function register(name: string, thing: Named, options?: RegisterOptions): void {
  namesHere().register(name, thing, options);
}

/** Frees `name`, in the space of `kind` or in all. */
export function unregister(name: string, options: { readonly kind?: NameKind } = {}): void {
  namesHere().unregister(name, options.kind);
}

/**
 * What is registered as `name` in this process now.
 *
 * @typeParam T the whole reference type; only `kind` is checked
 * @example
 * lookup<TaskRef<number>>("counter", { kind: "task" })?.send(1);
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as in locate, the caller names the type
export function lookup<T extends Named>(name: string, options: { readonly kind?: NameKind } = {}): T | undefined {
  // The caller says which reference it expects; only the kind is checked.
  return namesHere().lookup(name, options.kind) as T | undefined;
}

/**
 * Finds `name` here or at any peer this one knows, and waits for one that appears later. The nearest holder wins.
 *
 * @throws {SkeinError} `TIMEOUT`; with `at` also `PEER_UNREACHABLE`
 * @example
 * const counter = yield* locate<TaskRef<number>>("counter", { timeoutMs: 5000 });
 */
export function locate<T extends Named>(name: string, options: LocateOptions = {}): Operation<T> {
  const names = namesHere();
  const { locator } = names;
  if (locator === undefined && options.at !== undefined) throw noPeer();
  const here = options.at === undefined ? names.lookup(name, options.kind) : undefined;
  // As in lookup.
  if (locator === undefined || here !== undefined)
    return names.wait(name, options) as Operation<object> as Operation<T>;
  return locator.locate(name, options) as Operation<T>;
}

/**
 * Everybody who holds `name` now, nearest first: here and at the peers this one knows.
 *
 * @throws {SkeinError} `TIMEOUT`
 */
export function locateAll<T extends Named>(name: string, options: LocateOptions = {}): Operation<readonly T[]> {
  const names = namesHere();
  const { locator } = names;
  // As in lookup.
  if (locator !== undefined) return locator.locateAll(name, options) as Operation<readonly T[]>;
  if (options.at !== undefined) throw noPeer();
  return op(function* () {
    const here = names.lookup(name, options.kind) as T | undefined;
    return here === undefined ? [] : [here];
  });
}

function noPeer(): SkeinError {
  return new SkeinError("RUNTIME_WRONG", "this runtime belongs to no peer, so it can't ask another", {
    hint: "start a peer first (startPeer, connect), or locate without `at`",
  });
}
