/** Typed stubs for the functions of a module that was shipped to the cluster. */
import { SkeinError } from "../errors.ts";
import { type TaskContext } from "../task/context.ts";
import { type IsAsyncGenerator, type Result } from "../task/types.ts";
import { type CodeDigest } from "../ids.ts";
import { type ResultStream } from "../message/service.ts";
import { nearestName } from "../nearest-name.ts";
import { standsFor } from "../pool/function-stub.ts";
import { type RemoteTask, type RunOptions } from "./remote-task.ts";

type ArgsOf<A extends readonly unknown[]> = [] extends A
  ? [args?: A, options?: RunOptions]
  : [args: A, options?: RunOptions];

/** A function without a context: called on a server, its result comes back. */
export interface PlainStub<A extends readonly unknown[], R> {
  /** Calls it on a server; `args` are its arguments. */
  call(...rest: ArgsOf<A>): RemoteTask<R>;
}

/** A task function: its first parameter is the context. */
export interface TaskStub<A extends readonly unknown[], R, M, E = never> {
  /** Runs it on a server; `args` are its arguments after the context. */
  run(...rest: ArgsOf<A>): RemoteTask<R, M>;
  /** As `run`, and gives what it emits. */
  stream(...rest: ArgsOf<A>): ResultStream<E, R, M>;
}

/** What stands for a function of a module: `run` for task functions, `call` for plain ones. */
export type Stub<F, S = unknown> = F extends (...args: infer P) => infer B
  ? IsAsyncGenerator<B> extends true
    ? "an async function* can't run on a server: use function* or async function"
    : P extends readonly []
      ? TaskStub<[], Result<B>, never> & PlainStub<[], Result<B>>
      : P extends readonly [infer C, ...infer A]
        ? IsContext<C> extends true
          ? [S] extends [StateOf<C>]
            ? TaskStub<A, Result<B>, MessageOf<C>, EmittedOf<C>>
            : "this function is for jobs whose serverSetup returns another state"
          : PlainStub<P, Result<B>>
        : PlainStub<P, Result<B>>
  : never;

/** A parameter that is a task's context (also one that wants more of it than every task has), and not just `unknown`. */
type IsContext<C> = unknown extends C ? false : C extends TaskContext<infer _> ? true : false;
type StateOf<C> = C extends { readonly state: infer S } ? S : unknown;
type EmittedOf<C> = C extends { readonly emit: (value: infer E) => unknown } ? E : never;
type MessageOf<C> = C extends TaskContext<infer M> ? M : never;

type Callable = (...args: never[]) => unknown;

/** The functions of a module, as stubs. */
export type ModuleStubs<T, S = unknown> = {
  readonly [K in keyof T as T[K] extends Callable ? K : never]: Stub<T[K], S>;
};

/** Starts one function of a bundle: a task function, the same for what it emits, or a plain one, which takes no context. */
export type StartExport = (
  fn: string,
  how: "run" | "stream" | "call",
  args: readonly unknown[],
  options: RunOptions | undefined,
) => unknown;

/** What others ask of any object: whether it is a promise, how it is printed, compared or made JSON. */
const ASKED_OF_ALL: ReadonlySet<string> = new Set([
  "then",
  "toJSON",
  "asymmetricMatch",
  "nodeType",
  "tagName",
  "$$typeof",
]);

/** Makes the stubs of a module from the names it exports; another name throws `CODE_UNKNOWN`. */
export function moduleStubs(
  module: string,
  names: readonly string[],
  start: StartExport,
  code?: CodeDigest,
): Readonly<Record<string, unknown>> {
  const stubs: Record<string, unknown> = Object.create(null);
  for (const name of names) {
    const starts =
      (how: "run" | "stream" | "call") =>
      (args: readonly unknown[] = [], options?: RunOptions): unknown =>
        start(name, how, args, options);
    const stub = { run: starts("run"), stream: starts("stream"), call: starts("call") };
    if (code !== undefined) standsFor(stub, { code, fn: name });
    stubs[name] = stub;
  }
  return new Proxy(Object.freeze(stubs), {
    get: (all, name) => {
      if (typeof name === "symbol" || name in all) return Reflect.get(all, name);
      if (name in Object.prototype || ASKED_OF_ALL.has(name) || name.startsWith("@@")) return undefined;
      const meant = nearestName(name, names);
      throw new SkeinError("CODE_UNKNOWN", `${module} exports no ${name.slice(0, 80)}`, {
        hint: `${meant === undefined ? "" : `did you mean ${meant}? `}it exports ${names.join(", ") || "nothing"}`,
      });
    },
  });
}
