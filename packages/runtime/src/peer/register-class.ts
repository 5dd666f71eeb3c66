/** `registerClass`: instances of a program's own classes cross between processes. */
import { runtime as defaultRuntime, type Runtime } from "../task/runtime.ts";
import { earlyClasses } from "./early-classes.ts";
import { registeredClass } from "./value-classes.ts";

/**
 * Lets instances of `Class` be sent and received; both sides register it under the same name. Their own fields cross,
 * and the constructor is not called there. The same class twice does nothing.
 *
 * @param name what the class is called on the wire, at most 256 characters
 * @throws {SkeinError} `NAME_TAKEN` when the name is another class's, `OPTION_INVALID`
 * @example
 * class Point { constructor(readonly x: number, readonly y: number) {} }
 * registerClass("Point", Point);
 */
export function registerClass(
  name: string,
  Class: abstract new (...args: never) => object,
  options: { readonly runtime?: Runtime } = {},
): void {
  earlyClasses(options.runtime ?? defaultRuntime).register(registeredClass(name, Class));
}
