/** What runs in a worker thread: it gets a function and arguments, and answers with the value or the error. */
import { parentPort, type Transferable } from "node:worker_threads";
import type { ThreadCause, ThreadError } from "@skein/runtime/host";
import { compileFunction } from "./compile-function.ts";
import type { FunctionCode, ThreadAnswer, ThreadRequest } from "./messages.ts";

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Compiled functions kept for the next call. */
const KEPT_FUNCTIONS = 100;
/** Causes of causes that go along. */
const CAUSES = 8;

const compiled = new Map<string, AnyFunction>();

parentPort?.on("message", (request: ThreadRequest) => void answer(request));

async function answer(request: ThreadRequest): Promise<void> {
  try {
    const fn = await load(request.code);
    const value = await fn(...request.args);
    reply({ value }, request.transferResult ? buffersOf(value) : []);
  } catch (error) {
    const lacking = request.code.type === "function" ? missingName(error) : undefined;
    const data = dataOf(error, CAUSES);
    reply({ error: lacking === undefined ? data : lackingData(request.code, lacking, data) }, []);
  }
}

/** The name that a function used and this thread doesn't have: the process has it as a global of its own. */
function missingName(error: unknown): string | undefined {
  const name = error instanceof ReferenceError ? /^(\S+) is not defined$/.exec(error.message)?.[1] : undefined;
  return name === undefined || name in globalThis ? undefined : name;
}

function lackingData(code: FunctionCode, name: string, cause: ThreadError): ThreadError {
  const fn = code.type === "function" ? code.name : code.exportName;
  const hint = "pass what it needs as arguments, or export it from a module and offload { module, export }";
  return {
    name: "SkeinError",
    message: `${fn} can't be offloaded: it uses ${name}, which a thread does not have`,
    skein: { code: "FUNCTION_NOT_SELF_CONTAINED", hint },
    cause: { error: cause },
  };
}

function reply(answered: ThreadAnswer, transfer: Transferable[]): void {
  try {
    parentPort?.postMessage(answered, transfer);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const hint = "return data, not functions or live resources";
    const skein = { code: "NOT_SERIALIZABLE", hint };
    const message = `an offloaded function's result can't be sent: ${text}`;
    parentPort?.postMessage({ error: { name: "SkeinError", message, skein } } satisfies ThreadAnswer, []);
  }
}

async function load(code: FunctionCode): Promise<AnyFunction> {
  if (code.type === "module") {
    const found: unknown = (await import(code.url))[code.exportName];
    if (typeof found === "function") return (...args) => found(...args);
    const hint = "export it, or check its name";
    // The fields by which the process makes its own error of it.
    throw Object.assign(new Error(`${code.url} exports no function ${code.exportName}`), {
      code: "CODE_UNKNOWN",
      hint,
    });
  }
  const kept = compiled.get(code.source);
  if (kept !== undefined) return kept;
  const fn = compileFunction(code, `[offload:${code.name}]`);
  if (compiled.size >= KEPT_FUNCTIONS) compiled.clear();
  compiled.set(code.source, fn);
  return fn;
}

/** The buffers of a result that is one, or an array or plain object of some; each whole buffer once. */
function buffersOf(value: unknown): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  const look = (part: unknown): void => {
    const buffer = ArrayBuffer.isView(part) ? part.buffer : part;
    // A view of a part shares its buffer with others: it is copied.
    const whole = !ArrayBuffer.isView(part) || part.byteLength === part.buffer.byteLength;
    if (whole && buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffers.add(buffer);
  };
  look(value);
  if (Array.isArray(value)) value.forEach(look);
  else if (isPlainObject(value)) Object.values(value).forEach(look);
  return [...buffers];
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function dataOf(thrown: unknown, causesLeft: number): ThreadError {
  if (!(thrown instanceof Error)) {
    const message = `something other than an error was thrown: ${String(thrown)}`;
    return {
      name: "SkeinError",
      message,
      skein: { code: "TASK_FAILED", hint: "throw an Error, so that it carries a stack" },
    };
  }
  const fields: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(thrown)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") fields[key] = value;
  }
  const { code, hint } = fields;
  const ours = typeof code === "string" && typeof hint === "string" ? { skein: { code, hint } } : {};
  const cause = causesLeft > 0 && thrown.cause !== undefined ? { cause: causeOf(thrown.cause, causesLeft - 1) } : {};
  const stack = thrown.stack === undefined ? {} : { stack: thrown.stack };
  return { name: thrown.name, message: thrown.message, ...stack, ...ours, fields, ...cause };
}

function causeOf(cause: unknown, causesLeft: number): ThreadCause {
  if (cause instanceof Error) return { error: dataOf(cause, causesLeft) };
  try {
    return { value: structuredClone(cause) };
  } catch {
    return { value: String(cause) };
  }
}
