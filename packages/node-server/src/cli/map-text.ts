/** Items of `skein map` from lines, and its results as lines. Pure. */
import { errorFrom, SkeinError } from "@skein/runtime";

/** @throws {SkeinError} `OPTION_INVALID` when the line is no JSON, or (with `star`) no list */
export function itemOf(text: string, { json, star }: { readonly json: boolean; readonly star: boolean }): unknown {
  if (!json) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `is no JSON: ${errorFrom(error).message}`, {
      hint: "write one JSON value a line, or leave --json out to have lines as texts",
      cause: error,
    });
  }
  if (star && !Array.isArray(value)) {
    throw new SkeinError("OPTION_INVALID", "is no list of arguments", {
      hint: "with --star each line is a JSON list, as [1, 2]",
    });
  }
  return value;
}

/**
 * A value as JSON, whatever it is: bigints as texts, bytes as base64, maps and sets as lists; `undefined` is `null`.
 */
export function jsonText(value: unknown): string {
  return (typeof value === "object" ? JSON.stringify(value, plain) : JSON.stringify(plain("", value))) ?? "null";
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value))
    return value instanceof DataView ? plain("", bytesOf(value)) : Array.from(elementsOf(value));
  if (value instanceof Map || value instanceof Set) return [...value];
  return value instanceof Error ? errorFields(value) : value;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

// Every view but a DataView is an array of numbers or bigints.
const elementsOf = (view: ArrayBufferView): Iterable<unknown> =>
  Array.from(view as unknown as Iterable<number | bigint>, (one) => (typeof one === "bigint" ? one.toString() : one));

/** A result that was printed or kept as JSON, as a line of text: texts as they are. */
export function lineText(json: string): string {
  if (json === "null") return "";
  if (!json.startsWith('"')) return json;
  // It is the JSON of a text.
  return JSON.parse(json) as string;
}

export interface ErrorFields {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
}

/** What is told of a failed item. */
export const errorFields = (error: Error): ErrorFields => ({
  name: error.name,
  ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
  message: error.message,
});
