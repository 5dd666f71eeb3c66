/** Makes of what a peer sent what a schema says. */
import { custom, type GenericSchema, pipe, record, safeParse } from "valibot";

/** What the schema makes of `value`: the fields that it knows, and no others. @throws {Error} where it doesn't fit */
export function parseAs<T>(schema: GenericSchema<unknown, T>, value: unknown): T {
  // The first thing that is wrong is enough: what a peer sent may be wrong in a hundred thousand places.
  const { success, output, issues } = safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  // Not the words of the issue: they repeat what was sent.
  throw new Error(`it has no ${issues[0].type} where one belongs`);
}

/** Fields by name, `limit` of them at most: of a plain object only, and looked at before any is read. */
export function fields<T>(
  name: GenericSchema<string>,
  value: GenericSchema<unknown, T>,
  limit: number,
): GenericSchema<unknown, Record<string, T>> {
  return pipe(
    custom<object>((all) => isPlainOf(all, limit)),
    record(name, value),
  );
}

/** Bytes and lists are objects too, with a name for each of their millions. */
function isPlainOf(value: unknown, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  let count = 0;
  for (const name in value) {
    if (Object.hasOwn(value, name)) count += 1;
    if (count > limit) return false;
  }
  return true;
}
