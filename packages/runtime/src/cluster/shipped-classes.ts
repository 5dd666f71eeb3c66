/** Classes among a job's code: both sides make them known by the name they are exported under. */
import { isSkeinError } from "../errors.ts";
import { earlyClasses } from "../peer/early-classes.ts";
import { registeredClass } from "../peer/value-classes.ts";
import { type Runtime } from "../task/runtime.ts";

type AnyClass = abstract new (...args: never) => object;

const CLASS_TEXT = /^class\b/;

/** Whether it is written as a class. */
export const isClass = (value: unknown): value is AnyClass =>
  typeof value === "function" && CLASS_TEXT.test(Function.prototype.toString.call(value));

/**
 * Registers a class, unless that was done, under this name or another.
 * @throws {SkeinError} `NAME_TAKEN` when the name is another class's
 */
export function registerShipped(runtime: Runtime, name: string, Class: AnyClass): void {
  earlyClasses(runtime).registerOnce(registeredClass(name, Class));
}

/** Registers the classes that a bundle exports; of two of the same name the first stays. @returns nothing */
export function registerExports(runtime: Runtime, exports: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(exports)) {
    if (!isClass(value)) continue;
    try {
      registerShipped(runtime, name, value);
    } catch (error) {
      // The client has seen to it that both are the same class, unless they don't cross at all.
      if (!isSkeinError(error, "NAME_TAKEN")) throw error;
    }
  }
}
