/** Arguments as one short line for people; no code of theirs is called, and long ones are cut. */
import { ARGS_TEXT_LIMIT } from "../defaults.ts";

/** Objects and lists inside of each other are shown so deep. */
const DEPTH_LIMIT = 3;

export function argsText(args: readonly unknown[]): string {
  let text = "";
  for (const arg of args) {
    if (text !== "") text += ", ";
    text += valueText(arg, 0);
    if (text.length > ARGS_TEXT_LIMIT) return `${text.slice(0, ARGS_TEXT_LIMIT - 1)}…`;
  }
  return text;
}

function valueText(value: unknown, depth: number): string {
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
      return objectText(value, depth);
    case "function":
    case "symbol":
      return typeof value;
    default:
      return "?";
  }
}

function objectText(value: object | null, depth: number): string {
  if (value === null) return "null";
  if (ArrayBuffer.isView(value)) return `${Object.prototype.toString.call(value).slice(8, -1)}(${value.byteLength})`;
  if (value instanceof Map || value instanceof Set) return `${value instanceof Map ? "Map" : "Set"}(${value.size})`;
  try {
    return Array.isArray(value) ? listText(value, depth) : plainText(value, depth);
  } catch {
    // A proxy that does not let itself be looked at.
    return "{…}";
  }
}

function listText(list: readonly unknown[], depth: number): string {
  if (depth >= DEPTH_LIMIT) return `[${list.length}]`;
  let text = "";
  for (let at = 0; at < list.length; at += 1) {
    if (text.length > ARGS_TEXT_LIMIT) return `[${text}, …]`;
    text += `${at === 0 ? "" : ", "}${ownText(list, String(at), depth)}`;
  }
  return `[${text}]`;
}

function plainText(value: object, depth: number): string {
  if (depth >= DEPTH_LIMIT) return "{…}";
  let text = "";
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (text.length > ARGS_TEXT_LIMIT) return `{${text}, …}`;
    const name = /^[\w$]+$/.test(key) ? key : JSON.stringify(key);
    text += `${text === "" ? "" : ", "}${name}: ${ownText(value, key, depth)}`;
  }
  return `{${text}}`;
}

/** Getters are not called. */
function ownText(of: object, key: string, depth: number): string {
  const property = Object.getOwnPropertyDescriptor(of, key);
  if (property === undefined) return "";
  return "value" in property ? valueText(property.value, depth + 1) : "…";
}
