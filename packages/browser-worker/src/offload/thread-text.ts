/** The program of an offloading Web Worker, as text: it goes into a blob with the function in it, so no page has to allow `eval`. */

/** Kept in plain JavaScript without a back-tick or a dollar brace; a bundler must not touch it. */
const THREAD = `
const CAUSES = 8;
const dataOf = (thrown, left) => {
  if (!(thrown instanceof Error)) {
    return {
      name: "SkeinError",
      message: "something other than an error was thrown: " + String(thrown),
      skein: { code: "TASK_FAILED", hint: "throw an Error, so that it carries a stack" },
    };
  }
  const fields = {};
  for (const [key, value] of Object.entries(thrown)) {
    if (["string", "number", "boolean"].includes(typeof value)) fields[key] = value;
  }
  const data = { name: thrown.name, message: thrown.message, stack: thrown.stack, fields };
  if (typeof fields.code === "string" && typeof fields.hint === "string") data.skein = { code: fields.code, hint: fields.hint };
  if (left > 0 && thrown.cause !== undefined) data.cause = causeOf(thrown.cause, left - 1);
  return data;
};
const causeOf = (cause, left) => {
  if (cause instanceof Error) return { error: dataOf(cause, left) };
  try {
    return { value: structuredClone(cause) };
  } catch {
    return { value: String(cause) };
  }
};
const buffersOf = (value) => {
  const buffers = new Set();
  const look = (part) => {
    const buffer = ArrayBuffer.isView(part) ? part.buffer : part;
    const whole = !ArrayBuffer.isView(part) || part.byteLength === part.buffer.byteLength;
    if (whole && buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffers.add(buffer);
  };
  look(value);
  if (Array.isArray(value)) value.forEach(look);
  else if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    Object.values(value).forEach(look);
  }
  return [...buffers];
};
const missingName = (error) => {
  if (!(error instanceof ReferenceError)) return undefined;
  const name = /^(?:Can't find variable: )?(\\S+)(?: is not defined)?$/.exec(error.message)?.[1];
  return name === undefined || name in globalThis ? undefined : name;
};
const post = globalThis.postMessage.bind(globalThis);
const answer = (data, transfer) => {
  try {
    post(data, transfer);
  } catch (error) {
    post({
      error: {
        name: "SkeinError",
        message: "an offloaded function's result can't be sent: " + error.message,
        skein: { code: "NOT_SERIALIZABLE", hint: "return data, not functions or live resources" },
      },
    });
  }
};
globalThis.addEventListener("message", async ({ data: { args, exportName, transferResult } }) => {
  try {
    const fn = await find(exportName);
    const value = await fn(...args);
    answer({ value }, transferResult ? buffersOf(value) : []);
  } catch (error) {
    const name = exportName === undefined ? missingName(error) : undefined;
    const data = dataOf(error, CAUSES);
    if (name === undefined) answer({ error: data }, []);
    else answer({
      error: {
        name: "SkeinError",
        message: "a function can't be offloaded: it uses " + name + ", which a thread does not have",
        skein: {
          code: "FUNCTION_NOT_SELF_CONTAINED",
          hint: "pass what it needs as arguments, or export it from a module and offload { module, export }",
        },
        cause: { error: data },
      },
    }, []);
  }
});
post({ ready: true });
`;

/** The worker's text for one function. */
export function functionThreadText(source: string, form: "expression" | "method"): string {
  // A line of its own: the source may end in a comment.
  const fn = form === "expression" ? `(${source}\n)` : `Object.values({${source}\n})[0]`;
  return `"use strict";\nconst offloaded = ${fn};\nconst find = () => offloaded;\n${THREAD}`;
}

/** The worker's text for the functions of one module. */
export function moduleThreadText(url: string): string {
  return `"use strict";
const find = async (name) => {
  const fn = (await import(${JSON.stringify(url)}))[name];
  if (typeof fn === "function") return fn;
  const error = new Error(${JSON.stringify(url)} + " exports no function " + name);
  throw Object.assign(error, { code: "CODE_UNKNOWN", hint: "export it, or check its name" });
};
${THREAD}`;
}
