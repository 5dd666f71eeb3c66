/** Says which argument of a task, or that its result, can't be sent, and why. */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";

/** About how many bytes a value takes on the way. @throws {SkeinError} when it can't travel */
type Check = (value: unknown) => number;

const HINT = "send it in parts, or as a file: openJob({ files }), job.sendFile and task.sendFile";

/** The error of a task whose arguments were refused with `error`. */
export function argsError(name: string, args: readonly unknown[], check: Check, error: Error): Error {
  if (!isUnsendable(error)) return error;
  let total = 0;
  let largest = { at: 0, bytes: 0 };
  for (const [index, arg] of args.entries()) {
    const at = index + 1;
    try {
      const bytes = check(arg);
      total += bytes;
      if (bytes > largest.bytes) largest = { at, bytes };
    } catch (thrown) {
      return told(`argument ${at} of ${name}`, errorFrom(thrown));
    }
  }
  if (error.code !== "MESSAGE_TOO_LARGE" || largest.at === 0) return error;
  const most = `argument ${largest.at} alone ${largest.bytes}`;
  return new SkeinError(
    "MESSAGE_TOO_LARGE",
    `the arguments of ${name} take about ${total} bytes, ${most}; a message may have ${MESSAGE_LIMIT_BYTES}`,
    { hint: HINT, cause: error },
  );
}

/** The error of a task whose result was refused with `error`. */
export function resultError(value: unknown, check: Check, error: Error): Error {
  if (!isUnsendable(error)) return error;
  try {
    const bytes = check(value);
    if (error.code !== "MESSAGE_TOO_LARGE") return error;
    const message = `the result takes about ${bytes} bytes; a message may have ${MESSAGE_LIMIT_BYTES}`;
    return new SkeinError("MESSAGE_TOO_LARGE", message, { hint: HINT, cause: error });
  } catch (thrown) {
    return told("the result", errorFrom(thrown));
  }
}

const isUnsendable = (error: Error): error is SkeinError =>
  isSkeinError(error, "NOT_SERIALIZABLE") || isSkeinError(error, "MESSAGE_TOO_LARGE");

/** With what it is about before it; a path in it begins there. */
function told(what: string, error: Error): Error {
  if (!isUnsendable(error)) return error;
  const text = error.message.replace(/: the value itself$/, "");
  return new SkeinError(error.code, `${what}: ${text}`, { hint: error.hint, cause: error.cause });
}
