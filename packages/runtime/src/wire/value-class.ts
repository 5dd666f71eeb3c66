/** How instances of one class cross the wire. */
import { SkeinError } from "../errors.ts";

/** By a tag both sides know, and data. */
export interface ValueClass {
  // Any class: its constructor's parameters are never used.
  readonly Class: abstract new (...args: never) => object;
  /** The same on both sides; ours start with "skein.". */
  readonly tag: string;
  toWire(value: object): unknown;
  /** `wire` came from outside: narrow it. When it throws, an `Unreadable` stands in its place. */
  fromWire(wire: unknown): unknown;
  /** Whether its data is the program's own fields, which are then checked like any others. */
  readonly open?: boolean;
  /** Whether an instance never changes: where several messages of a batch hold it, they may hold one object there. */
  readonly shared?: boolean;
  /** Makes the instance before its data is there, so that this may lead back to it; then {@link finish} fills it. */
  begin?(): object;
  finish?(begun: object, wire: unknown): void;
}

/** Puts `one` under its tag. @throws {SkeinError} `NAME_TAKEN` when that is another class's */
export function addByTag(byTag: Map<string, ValueClass>, one: ValueClass): void {
  const before = byTag.get(one.tag);
  if (before !== undefined && before.Class !== one.Class) {
    throw new SkeinError("NAME_TAKEN", `another class is registered as "${one.tag}"`, { hint: "choose another name" });
  }
  byTag.set(one.tag, one);
}
