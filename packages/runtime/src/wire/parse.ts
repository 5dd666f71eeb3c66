/** Makes of what a peer sent what a schema says. */
import {
  custom,
  type GenericSchema,
  is,
  object as anyObject,
  type ObjectEntries,
  type ObjectSchema,
  safeParse,
} from "valibot";
import { isPlain } from "./plain.ts";

/** What the schema makes of `value`: the fields that it knows, and no others. @throws {Error} where it doesn't fit */
export function parseAs<T>(schema: GenericSchema<unknown, T>, value: unknown): T {
  // The first thing that is wrong is enough: what a peer sent may be wrong in a hundred thousand places.
  const { success, output, issues } = safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  // Not the words of the issue: they repeat what was sent.
  throw new Error(`it has no ${issues[0].type} where one belongs`);
}

/** A plain object with these fields; lists, errors and instances of classes have fields as well, and are none. */
export function object<const E extends ObjectEntries>(entries: E): ObjectSchema<E, undefined> {
  const schema = anyObject(entries);
  return {
    ...schema,
    "~run": (dataset, config) => schema["~run"](isPlain(dataset.value) ? dataset : { value: undefined }, config),
  };
}

/** Fields by name, `limit` of them at most: of a plain object only, and counted before any is read. */
export function fields<T>(
  name: GenericSchema<string>,
  value: GenericSchema<unknown, T>,
  limit: number,
): GenericSchema<unknown, Record<string, T>> {
  return custom<Record<string, T>>((all) => {
    if (!isPlain(all) || !areFew(all, limit)) return false;
    // Whoever copies it by names would set its prototype.
    return Object.entries(all).every(([key, one]) => key !== "__proto__" && is(name, key) && is(value, one));
  });
}

/** Listing a million names takes seconds. */
function areFew(value: object, limit: number): boolean {
  let count = 0;
  for (const name in value) {
    if (Object.hasOwn(value, name)) count += 1;
    if (count > limit) return false;
  }
  return true;
}
