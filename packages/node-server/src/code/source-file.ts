/** The file a live function was written in, as JavaScript that can be parsed, with ways from its positions to the user's. */
import { readFileSync } from "node:fs";
import { createRequire, SourceMap, type SourceMapPayload } from "node:module";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Loader, TransformResult } from "esbuild";
import type { FunctionPlace, Script } from "./inspect-function.ts";

/** Lines and columns from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceFile {
  readonly path: string;
  /** JavaScript. */
  readonly text: string;
  /** Source map of `text` as JSON text; `undefined` where its lines and columns are the file's own. */
  readonly map: string | undefined;
  /** Where the user wrote what stands at `position` of `text`. */
  readonly original: (position: Position) => Position | undefined;
}

/** A function's file, and where it stands in what the user wrote. */
export interface WrittenPlace {
  readonly file: SourceFile;
  readonly at: Position;
}

const require = createRequire(import.meta.url);
const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};
/** A map beside the file: what esbuild follows by itself. */
const MAP_COMMENT = /^\/\/# sourceMappingURL=(?!data:)\S+\s*$/m;

/** By script, since a function's module is asked for again with each of its functions. */
const written = new WeakMap<Script, SourceFile>();

/**
 * The file that the user wrote. Node leaves lines and columns of TypeScript as they were; what other tools loaded
 * (vitest, tsx) carries a map, and the file's own text is taken in its place.
 */
export function writtenPlace({ script, line, column }: FunctionPlace): WrittenPlace | undefined {
  if (!script.url.startsWith("file:")) return undefined;
  if (script.map === undefined) {
    let file = written.get(script);
    if (file === undefined) written.set(script, (file = asItRuns(script)));
    return { file, at: { line, column } };
  }
  const payload = payloadOf(script.map);
  const entry = new SourceMap(payload).findEntry(line, column);
  if (!("originalSource" in entry)) return undefined;
  let file = written.get(script);
  if (file === undefined) written.set(script, (file = asWritten(script, payload, entry.originalSource)));
  return { file, at: { line: entry.originalLine, column: entry.originalColumn } };
}

/** Maps of scripts whose places were asked for. */
const maps = new WeakMap<Script, SourceMap>();

/** Where the user wrote what a script has there: the file's URL, lines and columns from 0. */
export function writtenAt({ script, line, column }: FunctionPlace): (Position & { readonly file: string }) | undefined {
  if (!script.url.startsWith("file:")) return undefined;
  if (script.map === undefined) return { file: script.url, line, column };
  let map = maps.get(script);
  if (map === undefined) maps.set(script, (map = new SourceMap(payloadOf(script.map))));
  const found = originIn(map, { line, column });
  return found && { file: pathToFileURL(pathOf(script, found.source)).href, line: found.line, column: found.column };
}

/** What stands in a generated file at a position from 0, by its map. */
export function originIn(map: SourceMap, position: Position): (Position & { readonly source: string }) | undefined {
  const entry = map.findEntry(position.line, position.column);
  if (!("originalSource" in entry) || entry.originalLine === undefined) return undefined;
  return { source: entry.originalSource, line: entry.originalLine, column: entry.originalColumn };
}

export function payloadOf(map: string): SourceMapPayload {
  // A source map is such an object; what is missing in it makes no entry.
  return JSON.parse(map) as SourceMapPayload;
}

function asItRuns({ url, text }: Script): SourceFile {
  const comment = MAP_COMMENT.exec(text)?.[0] ?? "";
  return {
    path: fileURLToPath(url),
    text: comment === "" ? text : `${text}\n${comment}`,
    map: undefined,
    original: (at) => at,
  };
}

/** Made from the user's text: what a test runner made of it can't run elsewhere. */
function asWritten(script: Script, payload: SourceMapPayload, source: string): SourceFile {
  const path = pathOf(script, source);
  const kept = payload.sourcesContent?.[payload.sources.indexOf(source)];
  const { code, map } = transform(kept ?? readFileSync(path, "utf8"), path);
  const back = new SourceMap(payloadOf(map));
  return { path, text: code, map, original: (at) => originIn(back, at) };
}

const pathOf = ({ url }: Script, source: string): string =>
  source.startsWith("file:") ? fileURLToPath(source) : resolve(dirname(fileURLToPath(url)), source);

function transform(text: string, path: string): TransformResult {
  // esbuild's exports, which its types describe; loaded with the first such file.
  const { transformSync } = require("esbuild") as typeof import("esbuild");
  return transformSync(text, {
    loader: LOADERS[extname(path)] ?? "js",
    format: "esm",
    target: "es2024",
    sourcemap: "external",
    sourcefile: path,
    logLevel: "silent",
  });
}
