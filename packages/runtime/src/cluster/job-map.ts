/** How a job calls a plain function for each of many items. */
import { type Operation } from "../contracts/operation.ts";
import type { CallableStub, Mapped, PoolMapOptions } from "../pool/pool.ts";
import type { AnyIterable } from "../pool/sources.ts";
import { type RunOptions } from "./remote-task.ts";

/** Which of a job's servers its calls may use: as for its tasks. */
export type PoolPlacing = Pick<RunOptions, "kind" | "at" | "needs">;

export interface JobMapOptions extends PoolMapOptions, PoolPlacing {}

export interface JobEachOptions extends Omit<JobMapOptions, "ordered" | "onError"> {
  /** How often an item is started again when its server is lost. Default 0: an effect may not bear being had twice. */
  readonly retries?: number;
}

/** `map`: calls a function for each item on the job's servers, and gives the results. */
export interface MapOver {
  <T extends readonly unknown[], R, const O extends JobMapOptions & { readonly star: true }>(
    fn: (...args: T) => R,
    items: AnyIterable<T>,
    options: O,
  ): Mapped<R, O>;
  <T, R, const O extends JobMapOptions = JobMapOptions>(
    fn: (item: T) => R,
    items: AnyIterable<T>,
    options?: O,
  ): Mapped<R, O>;
  <T extends readonly unknown[], R, const O extends JobMapOptions & { readonly star: true }>(
    fn: CallableStub<T, R>,
    items: AnyIterable<T>,
    options: O,
  ): Mapped<R, O>;
  <T, R, const O extends JobMapOptions = JobMapOptions>(
    fn: CallableStub<[item: T], R>,
    items: AnyIterable<T>,
    options?: O,
  ): Mapped<R, O>;
}

/** `each`: the same for its effects; gives how many items there were. */
export interface EachOver {
  <T extends readonly unknown[]>(
    fn: (...args: T) => unknown,
    items: AnyIterable<T>,
    options: JobEachOptions & { readonly star: true },
  ): Operation<number>;
  <T>(fn: (item: T) => unknown, items: AnyIterable<T>, options?: JobEachOptions): Operation<number>;
  <T extends readonly unknown[]>(
    fn: CallableStub<T, unknown>,
    items: AnyIterable<T>,
    options: JobEachOptions & { readonly star: true },
  ): Operation<number>;
  <T>(fn: CallableStub<[item: T], unknown>, items: AnyIterable<T>, options?: JobEachOptions): Operation<number>;
}
