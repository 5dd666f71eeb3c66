/** Checks a peer's options before anything is opened: programs in JavaScript have no compiler that does. */
import { SkeinError } from "../errors.ts";
import type { PeerOptions } from "./peer-host.ts";

const LISTS = ["listen", "announce", "peers", "addresses"] as const;
const TIMES = ["lingerMs", "heartbeatMs"] as const;

/** @throws {SkeinError} `OPTION_INVALID` for an option of the wrong kind */
export function checkPeerOptions(options: PeerOptions): void {
  for (const name of LISTS) {
    const list: unknown = options[name];
    if (list === undefined || (Array.isArray(list) && list.every((each) => typeof each === "string"))) continue;
    throw wrong(`${name} is no list of addresses`, `write ${name}: ["127.0.0.1:4100"]`);
  }
  for (const name of TIMES) {
    const ms: unknown = options[name];
    if (ms === undefined || (typeof ms === "number" && ms > 0)) continue;
    throw wrong(`${name} is ${shown(ms)}`, "give milliseconds, more than 0");
  }
  const { discover }: { readonly discover?: unknown } = options;
  if (discover !== undefined && typeof discover !== "boolean") {
    throw wrong(`discover is ${shown(discover)}`, "give true, false, or leave it out");
  }
}

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);

const wrong = (what: string, hint: string): SkeinError => new SkeinError("OPTION_INVALID", what, { hint });
