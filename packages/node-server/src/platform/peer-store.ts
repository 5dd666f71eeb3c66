/** Keeps a peer's identity and its cluster's key in one file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type PeerId, type PeerStore, SkeinError } from "@skein/runtime";
import { isPeerId, type KeptHold, type KeptInvite, type KeptOrders, type PeerState } from "@skein/runtime/host";

/** In the data directory. Whoever can read it is that peer, and owns the cluster when the cluster's key is in it. */
export const PEER_FILE = "peer.json";

/**
 * Keeps it in `peer.json` in the directory `dataPath`, which is made (0700) when it is missing. The file is 0600 and
 * replaced as a whole, so that a crash leaves the old or the new one. One process at a time: the directory's lock is
 * the caller's.
 */
export function filePeerStore(dataPath: string): PeerStore {
  const path = join(dataPath, PEER_FILE);
  let last: Promise<unknown> = Promise.resolve();
  const save = async (change: PeerState): Promise<void> => {
    await mkdir(dataPath, { recursive: true, mode: 0o700 });
    await replaceFile(path, toText({ ...(await read(path)), ...change }));
  };
  return {
    load: () => read(path),
    save: (change) => {
      // One after the other: each replaces what it read.
      const saved = last.then(
        () => save(change),
        () => save(change),
      );
      last = saved.catch(() => {});
      return saved;
    },
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}

async function read(path: string): Promise<PeerState> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  // Files from a backup may have lost their mode.
  await chmod(path, 0o600);
  try {
    return fromText(text);
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `${path} can't be read as what a peer keeps`, {
      hint: "restore it, or remove it: the peer then gets a new identity, and a new cluster if it owned one",
      cause: error,
    });
  }
}

function toText({ privateKey, clusterKey, ...rest }: PeerState): string {
  const { certificate, redemptions, invites, revocations, orders, seeds } = rest;
  const hex = (bytes: Uint8Array | undefined): string | undefined =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
  const keys = { privateKey: hex(privateKey), clusterKey: hex(clusterKey) };
  return `${JSON.stringify({ ...keys, certificate, redemptions, invites, revocations, orders, seeds }, undefined, 2)}\n`;
}

function fromText(text: string): PeerState {
  const kept: unknown = JSON.parse(text);
  if (typeof kept !== "object" || kept === null) throw new TypeError("not an object");
  const field = (name: string): unknown => Object.entries(kept).find(([key]) => key === name)?.[1];
  const certificate = field("certificate");
  const seeds = field("seeds");
  const revocations = field("revocations");
  return {
    ...keyField("privateKey", field("privateKey")),
    ...keyField("clusterKey", field("clusterKey")),
    ...(typeof certificate === "string" ? { certificate } : {}),
    ...redemptionsField(field("redemptions")),
    ...invitesField(field("invites")),
    ...(Array.isArray(revocations) ? { revocations: revocations.filter((token) => typeof token === "string") } : {}),
    ...ordersField(field("orders")),
    ...(Array.isArray(seeds) ? { seeds: seeds.filter((seed) => typeof seed === "string") } : {}),
  };
}

function keyField(name: "privateKey" | "clusterKey", value: unknown): PeerState {
  if (value === undefined) return {};
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw new TypeError(`${name} is no key`);
  return { [name]: new Uint8Array(Buffer.from(value, "hex")) };
}

function redemptionsField(value: unknown): Pick<PeerState, "redemptions"> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) throw new TypeError("redemptions are no table");
  const redemptions: Record<string, { peers: PeerId[]; expiresMs: number }> = {};
  for (const [id, entry] of Object.entries(value)) {
    const { peers, expiresMs } = Object(entry) as { readonly peers?: unknown; readonly expiresMs?: unknown };
    if (!Array.isArray(peers) || !peers.every(isPeerId) || typeof expiresMs !== "number") {
      throw new TypeError("a redemption is malformed");
    }
    redemptions[id] = { peers, expiresMs };
  }
  return { redemptions };
}

/** Who joined by which invites is for people to see: what was damaged is left out, and stops nothing. */
function invitesField(value: unknown): Pick<PeerState, "invites"> {
  if (!Array.isArray(value)) return {};
  return { invites: value.flatMap((one: unknown) => keptInvite(one) ?? []) };
}

function keptInvite(value: unknown): KeptInvite | undefined {
  const { text, madeMs, joined, more } = Object(value) as Readonly<Partial<Record<string, unknown>>>;
  if (typeof text !== "string" || typeof madeMs !== "number" || !Array.isArray(joined)) return undefined;
  return { text, madeMs, joined: joined.filter(isJoin), ...(typeof more === "number" ? { more } : {}) };
}

/** What was damaged holds nothing back. */
function ordersField(value: unknown): Pick<PeerState, "orders"> {
  const { intake, nodes } = Object(value) as Readonly<Partial<Record<keyof KeptOrders, unknown>>>;
  const holds = Array.isArray(nodes) ? nodes.flatMap((one: unknown) => keptHold(one) ?? []) : [];
  if (intake !== "paused" && holds.length === 0) return {};
  return { orders: { ...(intake === "paused" ? { intake } : {}), nodes: holds } };
}

function keptHold(value: unknown): KeptHold | undefined {
  const { node, hold, servers } = Object(value) as Readonly<Partial<Record<keyof KeptHold, unknown>>>;
  if (!isPeerId(node)) return undefined;
  const held = Object.entries(Object(servers) as object).filter(([, how]) => isHold(how));
  return { node, ...(isHold(hold) ? { hold } : {}), servers: Object.fromEntries(held) };
}

const isHold = (value: unknown): value is "paused" | "closed" => value === "paused" || value === "closed";

function isJoin(value: unknown): value is KeptInvite["joined"][number] {
  const { peer, joinedMs } = Object(value) as Readonly<Partial<Record<string, unknown>>>;
  return isPeerId(peer) && typeof joinedMs === "number";
}
