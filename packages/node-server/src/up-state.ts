/** What a running `skein up` leaves in its data directory, so that `connect()` on this machine finds it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Address, PeerId } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
import { parseObject } from "./parse-object.ts";
import { isRunning, ownMark } from "./process-mark.ts";

const FILE = "up.json";

export interface UpState {
  readonly pid: number;
  readonly peer: PeerId;
  /** The cluster's id. */
  readonly cluster?: string;
  readonly addresses: readonly Address[];
  readonly console?: string;
}

/** Writes the state of this process, readable by its owner only; it appears whole or not at all. */
export function writeUpState(dataPath: string, state: Omit<UpState, "pid">): void {
  const path = join(dataPath, FILE);
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify({ ...ownMark(), ...state }, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(aside, path);
}

export function removeUpState(dataPath: string): void {
  rmSync(join(dataPath, FILE), { force: true });
}

/** The state that a `skein up` which still runs has left in `dataPath`, if any. */
export function readUpState(dataPath: string): UpState | undefined {
  const left = readLeft(dataPath);
  return left?.runs === true ? left.state : undefined;
}

/** Whether a `skein up` has left its state in `dataPath` and is gone: one that ends takes it away, so it was killed. */
export const upWasKilled = (dataPath: string): boolean => readLeft(dataPath)?.runs === false;

function readLeft(dataPath: string): { readonly state: UpState; readonly runs: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(join(dataPath, FILE), "utf8");
  } catch {
    return undefined;
  }
  const said = parseObject(text);
  if (said === undefined) return undefined;
  const { pid, started, peer, cluster, addresses, console } = said;
  if (typeof pid !== "number" || !isPeerId(peer) || !Array.isArray(addresses)) return undefined;
  const state: UpState = {
    pid,
    peer,
    ...(typeof cluster === "string" ? { cluster } : {}),
    addresses: addresses.filter((address): address is string => typeof address === "string"),
    ...(typeof console === "string" ? { console } : {}),
  };
  return { state, runs: isRunning({ pid, ...(typeof started === "string" ? { started } : {}) }) };
}
