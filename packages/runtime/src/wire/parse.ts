/** Makes of what a peer sent what a schema says. */
import { type GenericSchema, safeParse } from "valibot";

/** What the schema makes of `value`: the fields that it knows, and no others. @throws {Error} where it doesn't fit */
export function parseAs<T>(schema: GenericSchema<unknown, T>, value: unknown): T {
  // The first thing that is wrong is enough: what a peer sent may be wrong in a hundred thousand places.
  const { success, output, issues } = safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  // Not the words of the issue: they repeat what was sent.
  throw new Error(`it has no ${issues[0].type} where one belongs`);
}
