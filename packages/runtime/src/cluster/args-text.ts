/** Arguments as one short line for people; nothing is called on them, and long ones are cut. */
import { ARGS_TEXT_LIMIT } from "../defaults.ts";

export function argsText(args: readonly unknown[]): string {
  let text = "";
  for (const arg of args) {
    if (text !== "") text += ", ";
    text += valueText(arg);
    if (text.length > ARGS_TEXT_LIMIT) return `${text.slice(0, ARGS_TEXT_LIMIT - 1)}…`;
  }
  return text;
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > ARGS_TEXT_LIMIT ? value.slice(0, ARGS_TEXT_LIMIT) : value);
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return objectText(value);
    case "function":
    case "symbol":
      return typeof value;
    default:
      return "?";
  }
}

function objectText(value: object | null): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.length}]`;
  if (ArrayBuffer.isView(value)) return `${Object.prototype.toString.call(value).slice(8, -1)}(${value.byteLength})`;
  if (value instanceof Map || value instanceof Set) return `${value instanceof Map ? "Map" : "Set"}(${value.size})`;
  return "{…}";
}
