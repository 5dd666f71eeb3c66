/** Copies a value as if it had crossed to another process: plain data is copied, references and errors stay what they are. */
import { SkeinError } from "../errors.ts";

export function copyValue<T>(value: T): T {
  // A copy has the shape of what was copied.
  return copy(value, "value") as T;
}

function copy(value: unknown, path: string): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new SkeinError("NOT_SERIALIZABLE", `${path} is a ${typeof value}`, { hint: "send data" });
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => copy(item, `${path}[${i}]`));
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, `${path}.${key}`)]));
}
