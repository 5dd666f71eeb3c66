/** Errors as data: the same class and code come back where we know the class, else a `RemoteError` with its name. */
import { SkeinError, type ErrorCode } from "../errors.ts";
import { CAUSE_LIMIT, STACK_LIMIT } from "./limits.ts";
import { withoutOwnFrames } from "./own-frames.ts";

/** An error on the wire: what makes it comes before what may point back to it. Stacks are shown, never parsed. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Set for errors of ours: the code and what to do. */
  readonly skein?: { readonly code: ErrorCode; readonly hint: string };
  readonly cause?: unknown;
  /** Of an AggregateError. */
  readonly errors?: readonly unknown[];
  /** Own fields such as `code`, `errno`, `path`, as far as they can be sent. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * An error of a class that this side doesn't know; `name`, message, stack and own fields are the other side's. Its `code` is
 * `REMOTE_ERROR`, unless it has one of its own.
 *
 * @example
 * try { await job.run(parse, [text]); } catch (error) { if (error instanceof RemoteError && error.name === "ParseError") … }
 */
export class RemoteError extends SkeinError {
  override readonly name: string;

  constructor(name: string, message: string, options?: ErrorOptions) {
    super("REMOTE_ERROR", message, {
      hint: "its class is unknown here: branch on its name; or import it in the file of a pool's function; in a job name it in openJob's functions, its module in modules, or registerClass",
      ...options,
    });
    this.name = name;
  }
}

const REMOTE: ErrorCode = "REMOTE_ERROR";
const isRemote = (error: Error): boolean => error instanceof RemoteError;

const BUILT_IN: ReadonlyMap<string, (message: string) => Error> = new Map<string, (message: string) => Error>([
  ["Error", (message) => new Error(message)],
  ["TypeError", (message) => new TypeError(message)],
  ["RangeError", (message) => new RangeError(message)],
  ["SyntaxError", (message) => new SyntaxError(message)],
  ["ReferenceError", (message) => new ReferenceError(message)],
  ["EvalError", (message) => new EvalError(message)],
  ["URIError", (message) => new URIError(message)],
]);

/** Fields that are carried by other means. */
const CARRIED: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);
const OURS: ReadonlySet<string> = new Set(["code", "hint"]);

/**
 * `sendable` says of a part whether it can be sent: what can't is left out, or told in words. `stackLength`: characters
 * that the stack is cut and filled to; absent: it is cut only.
 */
export function errorToWire(error: Error, sendable: (part: unknown) => boolean, stackLength?: number): WireError {
  const ours = isOurs(error);
  const told = (part: unknown): unknown => (sendable(part) ? part : inWords(part));
  const fields = ownFields(error, ours).filter(([, value]) => sendable(value));
  return {
    name: text(error.name, "Error"),
    message: text(error.message, ""),
    ...(typeof error.stack === "string" ? { stack: stackText(withoutOwnFrames(error.stack), stackLength) } : {}),
    ...(ours ? { skein: { code: isRemote(error) ? REMOTE : error.code, hint: text(error.hint, "") } } : {}),
    ...(error.cause === undefined ? {} : { cause: told(shorten(error.cause, CAUSE_LIMIT)) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(told) } : {}),
    ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
  };
}

/** The parts of an error that are sent with it if they can be: its cause, errors and own fields. */
export function errorParts(error: Error): unknown[] {
  const parts = ownFields(error, isOurs(error)).map(([, value]) => value);
  if (error.cause !== undefined) parts.push(shorten(error.cause, CAUSE_LIMIT));
  if (error instanceof AggregateError) parts.push(...error.errors);
  return parts;
}

/** Never throws: a malformed error from a peer is still an error. */
export function errorFromWire(wire: unknown): Error {
  if (typeof wire !== "object" || wire === null) return new RemoteError("Error", text(wire, typeof wire));
  return finishError(beginError(wire), wire, (part) => part);
}

/** The error without its cause, errors and fields. */
export function beginError(wire: object): Error {
  const { name, message, stack, skein, errors } = wire as { readonly [key in keyof WireError]: unknown };
  const error = revive(text(name, "Error"), text(message, ""), skein, errors);
  hide(error, "stack", text(stack, `${text(name, "Error")}: ${text(message, "")}`));
  return error;
}

/** Puts the rest into what {@link beginError} gave; `readable` gives what stands for a part. */
export function finishError(error: Error, wire: object, readable: (part: unknown) => unknown): Error {
  const { cause, errors, fields } = wire as { readonly [key in keyof WireError]: unknown };
  if (cause !== undefined) hide(error, "cause", readable(cause));
  if (error instanceof AggregateError && Array.isArray(errors)) hide(error, "errors", errors.map(readable));
  if (typeof fields === "object" && fields !== null) {
    const ours = error instanceof SkeinError;
    for (const [key, value] of Object.entries(fields)) {
      if (CARRIED.has(key) || (ours && OURS.has(key) && !(key === "code" && isRemote(error)))) continue;
      Object.defineProperty(error, key, {
        value: readable(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return error;
}

function revive(name: string, message: string, skein: unknown, errors: unknown): Error {
  if (typeof skein === "object" && skein !== null && "code" in skein && typeof skein.code === "string") {
    const hint = "hint" in skein ? text(skein.hint, "") : "";
    if (name === "SkeinError" || name === "RemoteError" || skein.code !== REMOTE) {
      // A code this version doesn't know still tells the reader more than none; nothing branches on unknown codes.
      return new SkeinError(skein.code as ErrorCode, message, { hint });
    }
    return new RemoteError(name, message);
  }
  if (name === "AggregateError" && (errors === undefined || Array.isArray(errors))) {
    return new AggregateError([], message);
  }
  const make = BUILT_IN.get(name);
  return make === undefined ? new RemoteError(name, message) : make(message);
}

const stackText = (stack: string, length: number | undefined): string =>
  length === undefined ? stack.slice(0, STACK_LIMIT) : stack.replaceAll(NOT_ASCII, "?").slice(0, length).padEnd(length);

/** Takes more than a byte a character. */
const NOT_ASCII = /[^\n -~]/g;

const isOurs = (error: Error): error is SkeinError =>
  "code" in error && typeof error.code === "string" && "hint" in error && typeof error.hint === "string";

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

function ownFields(error: Error & { readonly code?: unknown }, ours: boolean): [string, unknown][] {
  const fields: [string, unknown][] = [];
  for (const key of Object.keys(error)) {
    // An error of others may have a code of its own.
    const isOwnCode = key === "code" && isRemote(error) && error.code !== REMOTE;
    if (CARRIED.has(key) || (ours && OURS.has(key) && !isOwnCode)) continue;
    try {
      // An own field by its name; a getter may throw, which must not hide the error.
      fields.push([key, (error as unknown as Readonly<Record<string, unknown>>)[key]]);
    } catch {}
  }
  return fields;
}

function inWords(part: unknown): unknown {
  if (part instanceof Error) return new RemoteError(text(part.name, "Error"), text(part.message, ""));
  try {
    return String(part);
  } catch {
    return typeof part;
  }
}

/** Cuts a chain of causes that is longer than the limit; one that goes round needs no cut. */
function shorten(cause: unknown, left: number): unknown {
  const seen = new Set<unknown>();
  let current: unknown = cause;
  for (let level = 0; level < left; level += 1) {
    if (!(current instanceof Error) || current.cause === undefined || seen.has(current)) return cause;
    seen.add(current);
    current = current.cause;
  }
  return cause instanceof Error
    ? new RemoteError(text(cause.name, "Error"), `${text(cause.message, "")} (its causes are not shown)`)
    : inWords(cause);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}
