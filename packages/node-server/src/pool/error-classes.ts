/** Errors of a program's own classes, back from a worker: of a class that the function's file declares or imports. */

/** As this field the name of the class goes along. */
const CLASS_FIELD = "skein.class";
/** Errors in an error that are looked at. */
const ERRORS_LIMIT = 100;

export type ErrorClass = abstract new (...args: never) => Error;

export const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === "function" && value.prototype instanceof Error;

/** Of a class: the bundle it is in, and what that exports it as. */
export const classTag = (digest: string, name: string): string => `${digest}#${name}`;

/** At a worker: notes on an error, and on those in it, of which class it is. */
export function noteClasses(error: Error, tags: ReadonlyMap<unknown, string>): void {
  if (tags.size === 0) return;
  for (const one of errorsIn(error)) {
    // What has a prototype has a constructor, or none.
    const { constructor }: { readonly constructor?: unknown } = Object.getPrototypeOf(one) ?? {};
    const value = tags.get(constructor);
    if (value === undefined) continue;
    Object.defineProperty(one, CLASS_FIELD, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** At the pool: makes of an error what was noted on it, where that class is there; `isUnknown`: it stands for one of a class that isn't. */
export function backToClasses(
  error: Error,
  classes: ReadonlyMap<string, ErrorClass>,
  isUnknown: (error: Error) => boolean,
): void {
  for (const one of errorsIn(error)) {
    const noted: Error & { readonly [CLASS_FIELD]?: unknown; readonly code?: unknown } = one;
    const tag = noted[CLASS_FIELD];
    if (typeof tag !== "string") continue;
    Reflect.deleteProperty(one, CLASS_FIELD);
    const prototype: unknown = classes.get(tag)?.prototype;
    if (!(prototype instanceof Error)) continue;
    // The errors of one that stands for an unknown class are not there.
    if (prototype instanceof AggregateError && !("errors" in one)) continue;
    if (isUnknown(one)) {
      // What it has for want of its class.
      if (noted.code === "REMOTE_ERROR") Reflect.deleteProperty(one, "code");
      Reflect.deleteProperty(one, "hint");
    }
    // With a code and a hint it came as one of ours.
    if (nameOf(prototype) === one.name || one.name === "SkeinError") Reflect.deleteProperty(one, "name");
    Object.setPrototypeOf(one, prototype);
  }
}

/** As a field; a getter would need its instance. */
function nameOf(prototype: Error): unknown {
  let one: object | null = prototype;
  while (one !== null && !Object.hasOwn(one, "name")) one = Object.getPrototypeOf(one);
  return one === null ? undefined : Object.getOwnPropertyDescriptor(one, "name")?.value;
}

function errorsIn(error: Error): Set<Error> {
  const found = new Set<Error>();
  const look = (one: unknown): void => {
    if (!(one instanceof Error) || found.has(one) || found.size >= ERRORS_LIMIT) return;
    found.add(one);
    look(one.cause);
    if (one instanceof AggregateError) one.errors.forEach(look);
  };
  look(error);
  return found;
}
