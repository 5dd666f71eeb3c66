/** What stands for a function of a module that was shipped to a cluster: pools of its job run that function. */
import type { CodeDigest } from "../ids.ts";
import type { PlainFunction } from "./pool.ts";

/** Where a stub's function is. */
export interface StubCode {
  readonly code: CodeDigest;
  readonly fn: string;
}

/** A function, or what stands for one. */
export type PoolCallable = PlainFunction | object;

const codes = new WeakMap<object, StubCode>();

/** Notes which function a stub stands for. */
export const standsFor = (stub: object, code: StubCode): void => void codes.set(stub, code);

export const stubOf = (value: object): StubCode | undefined => codes.get(value);

export const isStub = (value: unknown): value is object =>
  typeof value === "object" && value !== null && codes.has(value);
