/**
 * The program of the page's servers, put together from the page's own chunks: what both run is downloaded once. In the
 * page's build this takes the place of `sandbox/program-text.ts`.
 */
import { SkeinError } from "@skein/runtime";
import type { ProgramPart } from "../server/words.ts";

/** What the build writes into `<meta name="skein-program">`. */
interface ProgramParts {
  /** Addresses of its modules, relative to the document; each after those that it imports, the last one is the program. */
  readonly modules: readonly string[];
  /** Those of what few tasks use, likewise. */
  readonly more: readonly string[];
  /** File names of what it can't have, with the module that says so instead. */
  readonly instead: Readonly<Record<string, string>>;
}

/**
 * Runs in the worker, before anything else: a frame without an origin fetches nothing, so modules are blobs made there,
 * and import each other by their addresses. The message with the ports is given to the program once it listens.
 */
const START = `addEventListener("message", ({ ports }) => {
  const urls = {};
  const add = (parts) => {
    for (let [name, text] of parts) {
      for (const other of Object.keys(urls)) text = text.replaceAll("./" + other, urls[other]);
      for (const absent of Object.keys(instead)) text = text.replaceAll("./" + absent, urls[instead[absent]]);
      urls[name] = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    }
    return urls[parts.at(-1)[0]];
  };
  Object.defineProperty(globalThis, "skein.add", { value: add });
  import(add(modules)).then(
    () => dispatchEvent(new MessageEvent("message", { ports: [...ports] })),
    (error) => {
      ports[1].postMessage({ type: "line", stream: "stderr", text: String(error) });
      ports[1].postMessage({ type: "closing" });
    },
  );
}, { once: true });`;

let text: Promise<string> | undefined;

/** Made once, from what the browser has in its cache. @throws {SkeinError} `ABILITY_UNAVAILABLE` when a part can't be loaded */
export function programText(): Promise<string> {
  text ??= makeText();
  // What failed is tried again.
  text.catch(() => (text = undefined));
  return text;
}

async function makeText(): Promise<string> {
  const { modules, instead } = partsOf();
  return `{ const modules = ${JSON.stringify(await textsOf(modules))}, instead = ${JSON.stringify(instead)};\n${START} }`;
}

/** What few tasks use, for a server that runs one: names and texts, as `skein.add` takes them. */
export async function moreParts(): Promise<readonly ProgramPart[]> {
  return await textsOf(partsOf().more);
}

/** Written by the build of this page. */
const partsOf = (): ProgramParts =>
  JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="skein-program"]')?.content ?? "{}") as ProgramParts;

async function textsOf(addresses: readonly string[]): Promise<readonly ProgramPart[]> {
  try {
    return await Promise.all(addresses.map(async (address) => [nameOf(address), await fetchText(address)] as const));
  } catch (cause) {
    throw new SkeinError("ABILITY_UNAVAILABLE", "the program of a tab's servers can't be loaded", {
      hint: "load the page again: it may have been built anew, or not be served whole",
      cause,
    });
  }
}

/** Servers of pages with views of their own give the page for files that they don't have. */
const isPage = ({ headers }: Response): boolean => headers.get("content-type")?.startsWith("text/html") === true;

const nameOf = (address: string): string => address.slice(address.lastIndexOf("/") + 1);

async function fetchText(address: string): Promise<string> {
  const response = await fetch(new URL(address, document.baseURI));
  if (response.ok && !isPage(response)) return await response.text();
  throw new Error(`${address} gives ${response.ok ? "a page" : response.status}`);
}
