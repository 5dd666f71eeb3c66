/** How our own objects cross the wire, and the classes a program registers. */
import { SkeinError } from "../errors.ts";
import type { ValueClass } from "../wire/value-class.ts";
import { NAME_LIMIT, STACK_LIMIT } from "../wire/limits.ts";

type AnyClass = abstract new (...args: never) => object;

/**
 * How instances of a registered class cross: their own fields, back into an object of the class without calling its
 * constructor. An Error keeps its message and stack.
 */
export function registeredClass(name: string, Class: AnyClass): ValueClass {
  if (name.length === 0 || name.length > NAME_LIMIT || name.startsWith("skein.")) {
    throw new SkeinError("OPTION_INVALID", `"${name.slice(0, 80)}" can't name a class`, {
      hint: 'choose a short name that doesn\'t begin with "skein."',
    });
  }
  // Any class has a prototype that is an object.
  const prototype = Class.prototype as object;
  const finish = (value: object, wire: unknown): void => {
    if (typeof wire !== "object" || wire === null) {
      throw new SkeinError("WIRE_INVALID", `an instance of ${name} has no fields`, { hint: "check the versions" });
    }
    for (const [key, field] of Object.entries(wire)) {
      const enumerable = !(value instanceof Error && ERROR_FIELDS.has(key));
      Object.defineProperty(value, key, { value: field, writable: true, enumerable, configurable: true });
    }
  };
  const begin = (): object => {
    const value: unknown = Object.create(prototype);
    // What Object.create gives is an object.
    return value as object;
  };
  return {
    Class,
    tag: name,
    open: true,
    toWire: (value) => (value instanceof Error ? { ...partsOf(value), ...fieldsOf(value) } : fieldsOf(value)),
    fromWire: (wire) => {
      const value = begin();
      finish(value, wire);
      return value;
    },
    begin,
    finish,
  };
}

const fieldsOf = (value: object): Record<string, unknown> => Object.fromEntries(Object.entries(value));

/** What an error has besides its fields, as errors have it: not among them. */
const ERROR_FIELDS: ReadonlySet<string> = new Set(["message", "stack", "cause"]);

function partsOf({ message, stack, cause }: Error): Record<string, unknown> {
  return { message, stack: stack?.slice(0, STACK_LIMIT) ?? "", ...(cause === undefined ? {} : { cause }) };
}
