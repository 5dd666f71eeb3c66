/** Errors as data: the same class and code come back where we know the class, else a `RemoteError` with its name. */
import { SkeinError, type ErrorCode } from "../errors.ts";
import { CAUSE_LIMIT, STACK_LIMIT } from "./limits.ts";

/** An error on the wire. Stacks are shown, never parsed for decisions. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Set for errors of ours: the code and what to do. */
  readonly skein?: { readonly code: ErrorCode; readonly hint: string };
  readonly cause?: unknown;
  /** Of an AggregateError. */
  readonly errors?: readonly unknown[];
  /** Own fields such as `code`, `errno`, `path`, as far as they are plain values. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * An error of a class that this side doesn't know; `name`, message and stack are the other side's.
 *
 * @example
 * try { await job.run(parse, [text]); } catch (error) { if (error instanceof RemoteError && error.name === "ParseError") … }
 */
export class RemoteError extends SkeinError {
  override readonly name: string;

  constructor(name: string, message: string, options?: ErrorOptions) {
    super("REMOTE_ERROR", message, {
      hint: "the error's class is unknown here; registerClass makes it known, or branch on its name",
      ...options,
    });
    this.name = name;
  }
}

const BUILT_IN: ReadonlyMap<string, (message: string, options: ErrorOptions) => Error> = new Map([
  ["Error", (message, options) => new Error(message, options)],
  ["TypeError", (message, options) => new TypeError(message, options)],
  ["RangeError", (message, options) => new RangeError(message, options)],
  ["SyntaxError", (message, options) => new SyntaxError(message, options)],
  ["ReferenceError", (message, options) => new ReferenceError(message, options)],
  ["EvalError", (message, options) => new EvalError(message, options)],
  ["URIError", (message, options) => new URIError(message, options)],
]);

/** Fields that are carried by other means, or must not be set from outside. */
const RESERVED: ReadonlySet<string> = new Set([
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "code",
  "hint",
  "__proto__",
  "constructor",
  "prototype",
]);

export function errorToWire(error: Error): WireError {
  const ours = isOurs(error);
  const fields = plainFields(error, ours);
  return {
    name: text(error.name, "Error"),
    message: text(error.message, ""),
    ...(typeof error.stack === "string" ? { stack: error.stack.slice(0, STACK_LIMIT) } : {}),
    ...(ours ? { skein: { code: error.code, hint: text(error.hint, "") } } : {}),
    ...(error.cause === undefined ? {} : { cause: shorten(error.cause, CAUSE_LIMIT) }),
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
    ...(fields === undefined ? {} : { fields }),
  };
}

/** Never throws: a malformed error from a peer is still an error. */
export function errorFromWire(wire: unknown): Error {
  if (typeof wire !== "object" || wire === null) return new RemoteError("Error", String(wire));
  const { name, message, stack, skein, cause, errors, fields } = wire as { readonly [key in keyof WireError]: unknown };
  const options: ErrorOptions = cause === undefined ? {} : { cause };
  const error = revive(text(name, "Error"), text(message, ""), options, skein, errors);
  if (typeof stack === "string") hide(error, "stack", stack);
  if (typeof fields === "object" && fields !== null) {
    for (const [key, value] of Object.entries(fields)) {
      if (key === "code" ? error instanceof SkeinError : RESERVED.has(key)) continue;
      if (isPlain(value))
        Object.defineProperty(error, key, { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return error;
}

function revive(name: string, message: string, options: ErrorOptions, skein: unknown, errors: unknown): Error {
  if (typeof skein === "object" && skein !== null && "code" in skein && typeof skein.code === "string") {
    const hint = "hint" in skein ? text(skein.hint, "") : "";
    if (name === "SkeinError" || name === "RemoteError" || skein.code !== "REMOTE_ERROR") {
      // A code this version doesn't know still tells the reader more than none; nothing branches on unknown codes.
      return new SkeinError(skein.code as ErrorCode, message, { hint, ...options });
    }
    return new RemoteError(name, message, options);
  }
  if (name === "AggregateError" && Array.isArray(errors)) return new AggregateError(errors, message, options);
  const make = BUILT_IN.get(name);
  return make === undefined ? new RemoteError(name, message, options) : make(message, options);
}

const isOurs = (error: Error): error is SkeinError =>
  "code" in error && typeof error.code === "string" && "hint" in error && typeof error.hint === "string";

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

function plainFields(error: Error, ours: boolean): Record<string, string | number | boolean> | undefined {
  let fields: Record<string, string | number | boolean> | undefined;
  for (const [key, value] of Object.entries(error)) {
    if (!isPlain(value) || (key === "code" ? ours : RESERVED.has(key))) continue;
    fields ??= {};
    fields[key] = value;
  }
  return fields;
}

/** Cuts a chain of causes that is longer than the limit (or goes round). */
function shorten(cause: unknown, left: number): unknown {
  let current: unknown = cause;
  for (let level = 0; level < left; level += 1) {
    if (!(current instanceof Error) || current.cause === undefined) return cause;
    current = current.cause;
  }
  return cause instanceof Error
    ? new RemoteError(cause.name, `${cause.message} (its causes are not shown)`)
    : String(cause);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}
