/** Where a node found its cluster, kept in the data directory so that it finds it again without an invite. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Location } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
import { parseObject } from "./parse-object.ts";

const FILE = "cluster.json";

/** Keeps the scheduler's place; it appears whole or not at all. */
export function saveKnownScheduler(dataPath: string, scheduler: Location): void {
  const path = join(dataPath, FILE);
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify({ scheduler }, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(aside, path);
}

/** The scheduler's place as it was last known, if it was. */
export function readKnownScheduler(dataPath: string): Location | undefined {
  let text: string;
  try {
    text = readFileSync(join(dataPath, FILE), "utf8");
  } catch {
    return undefined;
  }
  const scheduler = parseObject(text)?.["scheduler"];
  if (typeof scheduler !== "object" || scheduler === null || !("peer" in scheduler) || !("addresses" in scheduler)) {
    return undefined;
  }
  const { peer, addresses } = scheduler;
  if (!isPeerId(peer) || !Array.isArray(addresses)) return undefined;
  return { peer, addresses: addresses.filter((address) => typeof address === "string") };
}
