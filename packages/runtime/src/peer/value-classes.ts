/** How our own objects cross the wire, and the classes a program registers. */
import { SkeinError } from "../errors.ts";
import type { ValueClass } from "../wire/value-class.ts";
import { NAME_LIMIT } from "../wire/limits.ts";

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
  return {
    Class,
    tag: name,
    open: true,
    toWire: (value) =>
      value instanceof Error
        ? { ...fieldsOf(value), message: value.message, stack: value.stack, cause: value.cause }
        : fieldsOf(value),
    fromWire: (wire) => {
      if (typeof wire !== "object" || wire === null) {
        throw new SkeinError("WIRE_INVALID", `an instance of ${name} has no fields`, { hint: "check the versions" });
      }
      const value: object = Object.create(prototype);
      for (const [key, field] of Object.entries(wire)) {
        Object.defineProperty(value, key, {
          value: field,
          writable: true,
          enumerable: key !== "stack",
          configurable: true,
        });
      }
      return value;
    },
  };
}

const fieldsOf = (value: object): Record<string, unknown> => Object.fromEntries(Object.entries(value));
