/** Where a live function stands: its script, as the engine runs it, and the position there, by the inspector. */
import { type Runtime, Session } from "node:inspector";

/** A script that was loaded. */
export interface Script {
  /** `file:…` of a module, `node:…` of Node's own. */
  readonly url: string;
  /** What is run: for TypeScript, what Node or a tool made of the file. */
  readonly text: string;
  /** Its source map as JSON text, where it carries one. */
  readonly map: string | undefined;
}

/** Lines and columns from 0. */
export interface FunctionPlace {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
}

/** By this name the inspector is shown the function. */
const SHOWN: unique symbol = Symbol.for("skein.shown");
const FUNCTION_LOCATION = "[[FunctionLocation]]";
const SCOPES = "[[Scopes]]";
/** The inspector's names of objects are let go together. */
const GROUP = "skein";
const DERIVED = /^class\b[^{]*\bextends\b/;
const INLINE_MAP = /^data:application\/json[^,]*?(;base64)?,/;

type Remote = Runtime.RemoteObject;
type Parsed = { readonly url: string; readonly map: string };

let session: Session | undefined;
/** Scripts the inspector has told of. A script is never unloaded while one of its functions lives. */
const parsed = new Map<string, Parsed>();
const scripts = new Map<string, Script>();

/**
 * Finds where a function or class is written; `undefined` for native and bound functions. The first time takes some
 * milliseconds, in which the engine tells of every script; the debugger is off again when this returns.
 *
 * @example
 * placeOf(work)?.script.url; // "file:///home/ann/app/main.ts"
 */
export function placeOf(fn: object): FunctionPlace | undefined {
  session ??= connect();
  const location = locationOf(session, fn);
  if (location === undefined) return undefined;
  const script = scripts.get(location.scriptId) ?? readScript(session, location.scriptId);
  return script && { script, line: location.lineNumber, column: location.columnNumber ?? 0 };
}

function connect(): Session {
  const made = new Session();
  made.connect();
  made.on("Debugger.scriptParsed", ({ params }) => {
    parsed.set(params.scriptId, { url: params.url, map: params.sourceMapURL ?? "" });
  });
  return made;
}

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

function locationOf(inspector: Session, fn: object): Location | undefined {
  const found = lookInto(inspector, fn, FUNCTION_LOCATION, (location) => location?.value);
  // What the protocol says of FunctionLocation.
  return found as Location | undefined;
}

/**
 * The classes with a base that `fn` sees around itself by these names: those of its module, and what that imports.
 *
 * @example
 * classesAround(parse).get("ParseError");
 */
export function classesAround(fn: object): Map<string, unknown> {
  session ??= connect();
  const inspector = session;
  const found = new Map<string, unknown>();
  lookInto(inspector, fn, SCOPES, (scopes) => {
    for (const { value: scope } of propertiesOf(inspector, scopes).ownOnes) {
      if (scope?.description === "Global") continue;
      for (const { name, value } of propertiesOf(inspector, scope).ownOnes) {
        if (found.has(name) || !DERIVED.test(value?.description ?? "")) continue;
        found.set(name, liveValue(inspector, value));
      }
    }
  });
  return found;
}

/** Answers of a session in the same thread come before `post` returns. */
function lookInto<T>(inspector: Session, fn: object, internal: string, look: (value: Remote | undefined) => T): T {
  Reflect.set(globalThis, SHOWN, fn);
  let shown: Remote | undefined;
  try {
    const expression = `globalThis[Symbol.for("skein.shown")]`;
    inspector.post(
      "Runtime.evaluate",
      { expression, objectGroup: GROUP },
      (_error, answer) => (shown = answer?.result),
    );
    const { internals } = propertiesOf(inspector, shown);
    return look(internals.find(({ name }) => name === internal)?.value);
  } finally {
    Reflect.deleteProperty(globalThis, SHOWN);
    inspector.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  }
}

interface Properties {
  readonly ownOnes: readonly Runtime.PropertyDescriptor[];
  readonly internals: readonly Runtime.InternalPropertyDescriptor[];
}

function propertiesOf(inspector: Session, of: Remote | undefined): Properties {
  let found: Properties = { ownOnes: [], internals: [] };
  if (of?.objectId === undefined) return found;
  inspector.post("Runtime.getProperties", { objectId: of.objectId, ownProperties: true }, (failed, answer) => {
    if (failed === null) found = { ownOnes: answer.result, internals: answer.internalProperties ?? [] };
  });
  return found;
}

/** The object of this program that the inspector speaks of. */
function liveValue(inspector: Session, of: Remote | undefined): unknown {
  if (of?.objectId === undefined) return undefined;
  const functionDeclaration = `function () { globalThis[Symbol.for("skein.shown")] = this; }`;
  inspector.post("Runtime.callFunctionOn", { objectId: of.objectId, functionDeclaration, objectGroup: GROUP });
  return Reflect.get(globalThis, SHOWN);
}

function readScript(inspector: Session, scriptId: string): Script | undefined {
  return whileDebugging(inspector, () => {
    const about = parsed.get(scriptId);
    return about && readParsed(inspector, scriptId, about);
  });
}

/** For as long as `look` takes, the engine tells of all scripts that are loaded. */
function whileDebugging<T>(inspector: Session, look: () => T): T {
  inspector.post("Debugger.enable");
  try {
    return look();
  } finally {
    inspector.post("Debugger.disable");
    parsed.clear();
  }
}

function readParsed(inspector: Session, scriptId: string, { url, map }: Parsed): Script | undefined {
  const text = textOf(inspector, scriptId);
  if (text === undefined) return undefined;
  const script: Script = { url, text, map: inlineMap(map) };
  scripts.set(scriptId, script);
  return script;
}

function textOf(inspector: Session, scriptId: string): string | undefined {
  let text: string | undefined;
  inspector.post("Debugger.getScriptSource", { scriptId }, (_error, answer) => (text = answer?.scriptSource));
  return text;
}

/** All places where the text of a function stands in files that are loaded, those of packages excepted; takes milliseconds. */
export function placesOfText(text: string): FunctionPlace[] {
  session ??= connect();
  const inspector = session;
  return whileDebugging(inspector, () => {
    const own = [...parsed].filter(([, { url }]) => url.startsWith("file:") && !url.includes("/node_modules/"));
    return own.flatMap(([scriptId, about]) => {
      const whole = scripts.get(scriptId)?.text ?? textOf(inspector, scriptId) ?? "";
      const starts: number[] = [];
      for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1)) starts.push(at);
      const script =
        starts.length === 0 ? undefined : (scripts.get(scriptId) ?? readParsed(inspector, scriptId, about));
      return script === undefined ? [] : starts.map((start) => ({ script, ...positionIn(whole, start) }));
    });
  });
}

function positionIn(text: string, index: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, index).split("\n");
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}

function inlineMap(url: string): string | undefined {
  const [head = "", base64] = INLINE_MAP.exec(url) ?? [];
  if (head === "") return undefined;
  const data = url.slice(head.length);
  return base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, "base64").toString();
}
