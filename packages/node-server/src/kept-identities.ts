/** Identities that this user's programs and commands keep: an invite is redeemed once, and its cluster is found again without it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ClusterId, PeerStore, Role } from "@skein/runtime";
import { readCertificate } from "@skein/runtime/network";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { parseObject } from "./parse-object.ts";
import { filePeerStore, PEER_FILE } from "./platform/peer-store.ts";

/** In the data directory: a folder for each program that runs at once as a member of its own. */
const FOLDER = "clients";
/** Programs at once whose identities are kept; more have one for themselves only. */
const IDENTITIES_LIMIT = 16;

/** What an invite gives, and a certificate says. */
interface Membership {
  readonly cluster: ClusterId;
  readonly roles: readonly Role[];
}

interface Kept {
  readonly path: string;
  /** By a certificate that is good for programs or commands, and good now. */
  readonly membership: Membership | undefined;
  readonly usedMs: number;
}

/** What programs do, or commands, takes one of these. */
const ROLES_KEPT: readonly Role[] = ["client", "operator", "viewer"];
const ROLES_OF_PROGRAMS: readonly Role[] = ["client", "operator"];

/** An identity that no other process has now, until its peer closes. */
export interface KeptIdentity {
  readonly store: PeerStore;
  /** Forgets it: it is of no use. */
  drop(): void;
}

/** The identity to be used with an invite, one kept that has what it gives or a new one; `undefined` when none can be kept now. */
export function identityFor(dataPath: string, invite: Membership): KeptIdentity | undefined {
  const kept = listKept(dataPath);
  for (const { path } of kept.filter((one) => covers(one, invite))) {
    const taken = take(path);
    if (taken !== undefined) return taken;
  }
  return (
    takeEmptied(kept.filter((one) => one.membership === undefined)) ??
    (kept.length < IDENTITIES_LIMIT ? takeNew(dataPath) : takeEmptied(kept))
  );
}

/** Whether an identity is kept that has what the invite gives, though a process may use it now. */
export const isKept = (dataPath: string, invite: Membership): boolean =>
  listKept(dataPath).some((one) => covers(one, invite));

const covers = ({ membership }: Kept, { cluster, roles }: Membership): boolean =>
  membership?.cluster === cluster && roles.every((role) => membership.roles.includes(role));

/** Whether this user's programs have joined a cluster before, so that one may be found on the local network. */
export const hasJoined = (dataPath: string): boolean =>
  existsSync(join(dataPath, PEER_FILE)) || listKept(dataPath).some((one) => servesOne(one, ROLES_OF_PROGRAMS));

const servesOne = ({ membership }: Kept, roles: readonly Role[]): boolean =>
  membership?.roles.some((role) => roles.includes(role)) === true;

/** Identities with one of `roles` that nobody uses now, one for each cluster, the last used first. */
export function* freeIdentities(dataPath: string, roles: readonly Role[] = ROLES_OF_PROGRAMS): Generator<KeptIdentity> {
  const seen = new Set<ClusterId>();
  for (const kept of listKept(dataPath)) {
    const cluster = kept.membership?.cluster;
    if (cluster === undefined || seen.has(cluster) || !servesOne(kept, roles)) continue;
    const taken = take(kept.path);
    if (taken === undefined) continue;
    seen.add(cluster);
    yield taken;
  }
}

function listKept(dataPath: string): Kept[] {
  const folder = join(dataPath, FOLDER);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readKept(join(folder, name)))
    .toSorted((a, b) => b.usedMs - a.usedMs);
}

function readKept(path: string): Kept {
  try {
    const file = join(path, PEER_FILE);
    const usedMs = statSync(path).mtimeMs;
    const token = parseObject(readFileSync(file, "utf8"))?.["certificate"];
    if (typeof token !== "string") return { path, membership: undefined, usedMs };
    const { cluster, roles, expiresMs } = readCertificate(token);
    const good = expiresMs > Date.now() && roles.some((role) => ROLES_KEPT.includes(role));
    return { path, membership: good ? { cluster, roles } : undefined, usedMs };
  } catch {
    return { path, membership: undefined, usedMs: 0 };
  }
}

/** The place of one that is of no use now; it makes room. Of several, the one that was used longest ago. */
function takeEmptied(kept: readonly Kept[]): KeptIdentity | undefined {
  for (const { path } of kept.toReversed()) {
    const taken = take(path);
    if (taken === undefined) continue;
    rmSync(join(path, PEER_FILE), { force: true });
    return taken;
  }
  return undefined;
}

function takeNew(dataPath: string): KeptIdentity | undefined {
  const folder = join(dataPath, FOLDER);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return undefined; // a home that can't be written: the identity is this program's alone
  }
  for (let number = 1; number <= IDENTITIES_LIMIT; number += 1) {
    const path = join(folder, String(number));
    // Made by us, or another program has just taken it.
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch {
      continue;
    }
    const taken = take(path);
    if (taken !== undefined) return taken;
  }
  return undefined;
}

/** Locks it; `undefined` while another process has it. */
function take(path: string): KeptIdentity | undefined {
  let directory: DataDirectory;
  try {
    directory = openDataDirectory(path);
  } catch {
    return undefined;
  }
  return {
    store: { ...filePeerStore(path), close: () => directory.close() },
    drop: () => {
      rmSync(join(path, PEER_FILE), { force: true });
      directory.close();
    },
  };
}
