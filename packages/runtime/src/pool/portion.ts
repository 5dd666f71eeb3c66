/** Some calls of one function that go to a worker together: what the parts of a pool hand each other. */
import type { Lane } from "./lane.ts";
import type { PoolWord } from "./pool-word.ts";

/** A function as a pool knows it. */
export interface PoolFunction {
  /** Its number on the wire. */
  readonly id: number;
  readonly name: string;
  /** Where it is found, by the place whose workers are told so, in the words of that place. */
  readonly codes: ReadonlyMap<unknown, unknown>;
  /** What calls took of late: so many, and their milliseconds together. */
  tookCalls: number;
  tookMs: number;
  /** It has given a promise: its calls wait, and many go on at once. */
  isAsync: boolean;
  /** Bytes that the arguments of a single call take, by those before. */
  callBytes: number;
}

/** Calls that a worker has, and who is told of their ends. Numbers count from 0 within the portion. */
export interface Portion {
  readonly fn: PoolFunction;
  readonly word: PoolWord;
  readonly values: readonly unknown[];
  /** Each end is told before the next begins, so that it is known which one runs. */
  readonly exact: boolean;
  /** Who has it, and by which number. */
  lane: Lane | undefined;
  batch: number;
  /** It was sent, as so many bytes. */
  sentAs(bytes: number): void;
  /** So many of its ends came as so many bytes, and are told next. */
  cameAs(count: number, bytes: number): void;
  done(first: number, results: readonly unknown[]): void;
  failed(index: number, error: Error): void;
  /** From `first` on none was begun: they go to whoever is free. */
  back(first: number): void;
  /** This one was not begun, or nobody wants its result. */
  dropped(index: number): void;
  /** Its calls, none of which has begun, as portions of one call each, which take its place. */
  apart(): readonly Portion[];
  /** Its worker is gone. Those that may have begun before number `sure` may have run; none of the others has. */
  lost(error: Error, sure: number): void;
}

/** Something that has calls to make: the queue of single calls, a map. */
export interface PoolWork {
  /** In the list of what has calls to make: its dispatcher's. */
  listed: boolean;
  /** Takes as many for `lane` as it should have, of `lanes` in all; `undefined` when there is none now. */
  take(lane: Lane, lanes: number): Portion | undefined;
  /** No worker can be had: all its calls fail by this. */
  fail(error: Error): void;
}
