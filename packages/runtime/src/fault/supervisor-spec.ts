/** The description of a supervisor and its children, and what is wrong with one. */
import type { Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { RESTARTS, STRATEGIES, type Intensity, type Restart, type Strategy } from "./restart.ts";

/** What runs a child elsewhere: a job. */
export interface ChildPlace {
  run(fn: never, args: never, options?: never): SupervisedTask;
}

/** What a supervisor needs of a running child, near or far. */
export interface SupervisedTask {
  readonly ref: TaskRef;
  cancel(reason?: unknown): Operation<void>;
}

/** One child of a supervisor. */
export interface ChildSpec {
  /** Registered when it starts, again after each restart. */
  readonly name: string;
  /** The task function; `never` because each child has messages and arguments of its own. */
  readonly start: (task: never, ...args: never[]) => unknown;
  readonly args?: readonly unknown[];
  /** A job that runs it elsewhere; when its place is lost it is started at another. Default: this process. */
  readonly on?: ChildPlace;
  readonly restart: Restart;
  /** Pause before a restart, in milliseconds; doubles with each one that follows within the intensity's time. Default 0. */
  readonly backoffMs?: number;
}

/** A supervisor as a child of another. */
export interface SupervisorChildSpec extends SupervisorSpec {
  readonly name: string;
  /** Default `always`. */
  readonly restart?: Restart;
  readonly backoffMs?: number;
}

export interface SupervisorSpec {
  readonly name?: string;
  readonly strategy: Strategy;
  /** Past this the supervisor stops its children and fails with `RESTART_LIMIT`. */
  readonly intensity: Intensity;
  /** Started in this order, stopped in the reverse. */
  readonly children: readonly (ChildSpec | SupervisorChildSpec)[];
}

/** A supervisor's description whose children `C` have the arguments that their `start` takes, further down too. */
export interface CheckedSpec<C extends readonly unknown[]> extends Omit<SupervisorSpec, "children"> {
  readonly children: { readonly [K in keyof C]: C[K] & CheckedChild<C[K]> };
}

/** Of a supervisor below only a list that is written out is looked into: its own type has no end. */
type CheckedChild<C> = C extends { readonly strategy: unknown; readonly children: infer D extends readonly unknown[] }
  ? number extends D["length"]
    ? unknown
    : false extends { [K in keyof D]: D[K] extends D[K] & CheckedChild<D[K]> ? true : false }[number]
      ? { readonly children: "the args of one of these children are not what its start takes" }
      : unknown
  : C extends { readonly start: (task: never, ...args: infer A) => unknown }
    ? CheckedArgs<A, C extends { readonly args: infer G extends readonly unknown[] } ? G : readonly []>
    : unknown;

/** @typeParam G those given: a list whose length isn't known is checked item by item */
type CheckedArgs<A extends readonly unknown[], G extends readonly unknown[]> = [A, number] extends [
  never[],
  A["length"],
]
  ? unknown
  : number extends G["length"]
    ? { readonly args?: readonly A[number][] }
    : [] extends A
      ? { readonly args?: Readonly<A> }
      : { readonly args: Readonly<A> };

/** @throws {SkeinError} `OPTION_INVALID` */
export function checkSpec(spec: SupervisorSpec): void {
  const names = spec.children.map((child) => child.name);
  if (new Set(names).size !== names.length) throw badSpec("two children have the same name");
  if (!(spec.intensity.restarts >= 0) || !(spec.intensity.withinMs > 0))
    throw badSpec("the intensity is no number of restarts and milliseconds");
  if (!STRATEGIES.includes(spec.strategy)) throw badSpec(`the strategy is one of ${STRATEGIES.join(", ")}`);
  for (const child of spec.children) checkChild(child);
}

function checkChild(child: ChildSpec | SupervisorChildSpec): void {
  const { name, restart: when = "always", backoffMs = 0 } = child;
  if (!RESTARTS.includes(when)) throw badSpec(`the restart of ${name} is one of ${RESTARTS.join(", ")}`);
  if (!(backoffMs >= 0)) throw badSpec(`the backoffMs of ${name} is no number of milliseconds`);
  if ("strategy" in child) checkSpec(child);
  else if (typeof child.start !== "function") throw badSpec(`the start of ${name} is no function`);
}

function badSpec(what: string): SkeinError {
  return new SkeinError("OPTION_INVALID", `not a supervisor's description: ${what}`, {
    hint: "see docs/supervision.md",
  });
}
