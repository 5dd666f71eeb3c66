/** What a node tells a server process on its standard input, once it knows what the process is for. */
import type { Readable } from "node:stream";
import type { PeerId } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
import { parseObject } from "../parse-object.ts";

export interface Greeting {
  readonly peer: PeerId;
  /** Its number at the node, from 1. */
  readonly server: number;
  /** URL of the folder with code bundles, ending in `/`. */
  readonly codeUrl: string;
  /** URL of the folder whose packages shipped code may use, ending in `/`. */
  readonly packagesUrl: string;
  /** The process's own folder. */
  readonly folder: string;
  /** Whether descriptor 4 tells cancels while it computes. */
  readonly cancels: boolean;
}

export const encodeGreeting = (greeting: Greeting): string => JSON.stringify(greeting);

/** Waits for the greeting; `undefined` when the node has gone before it had use for the process. */
export async function readGreeting(input: Readable): Promise<Greeting | undefined> {
  let text = "";
  for await (const piece of input) text += String(piece);
  if (text === "") return undefined;
  const { peer, server, codeUrl, packagesUrl, folder, cancels } = parseObject(text) ?? {};
  const urls = typeof codeUrl === "string" && typeof packagesUrl === "string";
  if (!isPeerId(peer) || typeof server !== "number" || !urls || typeof folder !== "string") {
    throw new TypeError("a server process is started by its node only (skein up, skein node)");
  }
  return { peer, server, codeUrl, packagesUrl, folder, cancels: cancels === true };
}
