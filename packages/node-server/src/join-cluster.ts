/** Finds a cluster and joins it: by a link, by a secret, or as the owner of the `skein up` of this machine. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Address,
  createRuntime,
  isSkeinError,
  type Location,
  type Logger,
  memoryPeerStore,
  type PeerHost,
  type PeerOptions,
  type PeerStore,
  type Role,
  SECOND_MS,
  SkeinError,
} from "@skein/runtime";
import { DIAL_TIMEOUT_MS } from "@skein/runtime/host";
import { clusterIdOf, deriveSecret, findScheduler, noScheduler, readInvite } from "@skein/runtime/network";
import { createNodePeer } from "./create-node-peer.ts";
import { defaultDataPath } from "./data-directory.ts";
import { firstFound } from "./first-found.ts";
import { freeIdentities, identityFor, isKept, type KeptIdentity } from "./kept-identities.ts";
import { proveOwner } from "./owner.ts";
import { folderStore } from "./files/folder-store.ts";
import { nodePlatform } from "./platform/installed.ts";
import { filePeerStore, PEER_FILE } from "./platform/peer-store.ts";
import { readUpState, upWasKilled } from "./up-state.ts";
import { placesText, WaysTried } from "./ways-tried.ts";

/** What the owner of a cluster is in it. */
const OWNER_ROLES: readonly Role[] = ["client", "operator", "peer"];

/** Where a project's own cluster keeps its data. */
const BESIDE = ".skein";

export interface JoinOptions {
  /** What others see it as. Default: "skein command". */
  readonly name?: string;
  readonly logger?: Logger;
  /** Of the cluster, in place of an invite. Default: that of `SKEIN_SECRET`. */
  readonly secret?: string;
  /** Where peers of the secret's cluster are. Default: those of `SKEIN_PEER`, and the `skein up` of this machine. */
  readonly nodes?: readonly Address[];
  /** What this process is going to do takes one of these; an invite for others is refused before it is used up. */
  readonly needs?: readonly Role[];
  /** Where it listens. Default: nowhere, it dials. */
  readonly listen?: readonly Address[];
  /** Folder for files of other peers. Default: they are refused. */
  readonly files?: string;
  readonly maxFileBytes?: number;
  /** Is told which ways are tried, and how each ends. */
  readonly ways?: WaysTried;
}

/** A peer in a cluster, and who schedules there. */
export interface JoinedCluster {
  readonly peer: PeerHost;
  readonly scheduler: Location;
  /** Where the scheduler is this user's own `skein up`: shows it that he is its owner. */
  readonly proveOwner?: () => Promise<void>;
  /** Ends what was started for it besides the peer. */
  readonly end?: () => void;
}

type Joining = JoinOptions & { readonly ways: WaysTried };

/** How long a peer that was reached may take to name a scheduler, in milliseconds. */
const FIND_TIMEOUT_MS: number = 5 * SECOND_MS;
/** How long a cluster that was joined before is looked for on the local network, in milliseconds: machines there answer in less than one second. */
const LAN_TIMEOUT_MS: number = 3 * SECOND_MS;
/** Of such clusters, those last used first, so many are looked for at a time: each by a peer of its own. */
const LOOKS_AT_ONCE = 8;

/**
 * Joins the cluster that `link` names (an invite; with a secret, an address), else the one of `SKEIN_CLUSTER`, else that
 * of the secret, else that of this machine's `skein up`, else one on the local network that this user has joined before.
 * The identity that an invite gives is kept in the data directory, so that the invite is used up once.
 *
 * @throws {SkeinError} `NO_CLUSTER` when there is none; `PEER_UNREACHABLE`, `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`
 */
export async function joinCluster(link: string | undefined, joining: JoinOptions = {}): Promise<JoinedCluster> {
  // Others see it come and go: a command by what it is.
  const options: Joining = { name: "skein command", ways: new WaysTried(), ...joining };
  const given = link ?? said("SKEIN_CLUSTER");
  const secret = options.secret ?? (given !== undefined && isInvite(given) ? undefined : said("SKEIN_SECRET"));
  if (secret !== undefined) return await joinBySecret(secret, given, options);
  if (given === undefined || given === "") return (await joinOwn(options)) ?? (await joinAround(options));
  if (ADDRESS.test(given)) throw needsSecret(given);
  const { needs } = options;
  if (needs !== undefined) checkInvite(given, needs);
  const kept = isInvite(given) ? identityFor(defaultDataPath(), readInvite(given)) : undefined;
  return await joinByInvite(given, options, kept);
}

async function joinByInvite(invite: string, options: Joining, kept: KeptIdentity | undefined): Promise<JoinedCluster> {
  const { ways } = options;
  const way = isInvite(invite) ? `the invite, at ${placesText(readInvite(invite).addresses)}` : "the link";
  const store = kept === undefined ? {} : { store: kept.store };
  let peer: PeerHost;
  try {
    peer = await ways.along(way, () => createNodePeer({ ...sharedOf(options), newCluster: false, invite, ...store }));
  } catch (error) {
    if (isSkeinError(error, "INVITE_USED") && isKept(defaultDataPath(), readInvite(invite))) throw inUse(error);
    if (kept === undefined || !isSkeinError(error, "NOT_A_MEMBER")) throw error;
    kept.drop(); // it was sent away; the invite may still be good
    return await joinByInvite(invite, options, undefined);
  }
  return await orClose(peer, async () => ({ peer, scheduler: await schedulerOf(peer, ways) }));
}

/** An address as people write it: an invite has no colon, and does not begin with a slash. */
const ADDRESS = /^(?:\/|(?:tcp|wss?):\/\/)|^[^\s/]+:\d{1,5}\/?$/;

const needsSecret = (address: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `${address} is an address, and the cluster's secret is needed with it`, {
    hint: "set SKEIN_SECRET or give { secret }; without one, a link is the whole text of an invite",
  });

/** The invite's one identity is here, and another program or command of this user has it now. */
const inUse = (cause: SkeinError): SkeinError =>
  new SkeinError(cause.code, `${cause.message}, by a program of yours that runs now`, {
    hint: "wait until it has ended, or ask for an invite with --uses N: for one program each at the same time",
    cause,
  });

/** What of the options is a peer's. */
function sharedOf({ name, logger, listen, files, maxFileBytes }: JoinOptions): Shared {
  return {
    ...(name === undefined ? {} : { name }),
    ...(logger === undefined ? {} : { logger }),
    ...(listen === undefined ? {} : { listen }),
    ...(files === undefined ? {} : { files: folderStore(files) }),
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
  };
}

type Shared = Pick<PeerOptions, "name" | "logger" | "listen" | "files" | "maxFileBytes">;

/** Dials the addresses that are known, and finds out who schedules. */
async function joinBySecret(secret: string, link: Address | undefined, options: Joining): Promise<JoinedCluster> {
  const { nodes = said("SKEIN_PEER")?.split(",") ?? [], ways } = options;
  if (link !== undefined && isInvite(link)) {
    throw new SkeinError("OPTION_INVALID", "an invite and a secret were given: they are of different clusters", {
      hint: "give one of them; with a secret, the link is an address: host:port",
    });
  }
  const up = readUpState(defaultDataPath());
  const ownUp = up?.cluster === clusterIdOf(deriveSecret(nodePlatform(), secret).cluster.publicKey) ? up : undefined;
  const peers = [...(link === undefined ? [] : [link]), ...nodes, ...(ownUp?.addresses ?? [])];
  // Without an address, who belongs to it is looked for on the local network.
  const way = peers.length === 0 ? "the secret, on the local network" : `the secret, at ${placesText(peers)}`;
  const shared = { ...sharedOf(options), secret, newCluster: false };
  const peer = await ways.along(
    way,
    () => createNodePeer({ ...shared, peers, discover: peers.length === 0 }),
    (made) => `${made.peers().length} reached`,
  );
  return await orClose(peer, async () => {
    const [first] = peers;
    // Nobody there took us: why, is worth more than that no scheduler was found.
    if (first !== undefined && peer.peers().length === 0) {
      await ways.along(first, async () => await peer.connect(first, { timeoutMs: DIAL_TIMEOUT_MS }));
    }
    return { peer, scheduler: await schedulerOf(peer, ways) };
  });
}

const said = (variable: string): string | undefined => process.env[variable] || undefined;

function isInvite(text: string): boolean {
  try {
    readInvite(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws {SkeinError} `ROLE_FORBIDS` when `link` is an invite for none of `needs` */
function checkInvite(link: string, needs: readonly Role[]): void {
  let roles: readonly Role[];
  try {
    roles = readInvite(link).roles;
  } catch {
    return; // who redeems it says what is wrong with it
  }
  if (roles.some((role) => needs.includes(role))) return;
  throw new SkeinError(
    "ROLE_FORBIDS",
    `this invite is for the role ${roles.join(", ")}, and the role ${needs[0]} is needed here`,
    {
      hint: `${roles.includes("node") ? "a machine joins with it: skein node INVITE; for this " : ""}ask for skein invite --role ${needs[0]}`,
    },
  );
}

/** Whoever can read the data directory of `skein up` holds the cluster's key, and makes its own certificate with it. */
async function joinOwn(options: Joining): Promise<JoinedCluster | undefined> {
  const data = defaultDataPath();
  const up = readUpState(data);
  if (up === undefined) return undefined;
  // The key only: two processes must not be the same peer.
  const { clusterKey } = await filePeerStore(data).load();
  const store = memoryPeerStore(clusterKey === undefined ? {} : { clusterKey });
  const peer = await createNodePeer({ ...sharedOf(options), newCluster: false, store, roles: OWNER_ROLES });
  return await orClose(peer, async () => {
    const scheduler = { peer: up.peer, addresses: up.addresses };
    const way = `the skein up of this machine, at ${placesText(up.addresses)}`;
    await options.ways.along(way, async () => await peer.connect(scheduler, { timeoutMs: DIAL_TIMEOUT_MS }));
    return { peer, scheduler, proveOwner: () => proveOwner(peer, up.peer, data) };
  });
}

/** Looks on the local network for a cluster whose key or certificate this user has. @throws {SkeinError} `NO_CLUSTER` */
async function joinAround(options: Joining): Promise<JoinedCluster> {
  const data = defaultDataPath();
  const { clusterKey } = existsSync(join(data, PEER_FILE)) ? await filePeerStore(data).load() : {};
  if (clusterKey !== undefined) {
    const own = { ...options, store: memoryPeerStore({ clusterKey }), roles: OWNER_ROLES };
    const way = "this user's own cluster, on the local network";
    const found = await options.ways.along(way, () => lookAround(own), saidOfLook);
    if (found !== undefined) return found;
  }
  const kept = freeIdentities(data, options.needs);
  const way = "a cluster joined before, on the local network";
  for (let some = upTo(LOOKS_AT_ONCE, kept); some.length > 0; some = upTo(LOOKS_AT_ONCE, kept)) {
    const looks = some.map(({ store }) => async (signal: AbortSignal) => {
      return await options.ways.along(way, () => ifThere(store, options, signal), saidOfLook);
    });
    const store = await firstFound(looks, async (other) => other.close?.());
    const found = store === undefined ? undefined : await lookAround({ ...options, store });
    if (found !== undefined) return found;
  }
  throw noClusterHere();
}

/** Gives the identity back when its cluster is there, seen by a peer that is closed again; else lets it go. */
async function ifThere(store: PeerStore, options: JoinOptions, signal: AbortSignal): Promise<PeerStore | undefined> {
  // Without its close: it is not for other processes yet.
  const kept: PeerStore = { load: () => store.load(), save: (change) => store.save(change) };
  const runtime = createRuntime({ platform: nodePlatform() });
  let isThere = false;
  try {
    const found = await lookAround({ ...options, store: kept, runtime }, signal);
    await found?.peer.close({ cancel: true });
    isThere = found !== undefined;
  } finally {
    if (!isThere) store.close?.();
  }
  return isThere ? store : undefined;
}

/** The next ones: those after them are for other processes meanwhile. */
function upTo<T>(count: number, from: Iterator<T, unknown, undefined>): readonly T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = from.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

const saidOfLook = (found: unknown): string => (found === undefined ? "not there" : "reached");

async function lookAround(
  { store, roles, runtime, ...options }: JoinOptions & Pick<PeerOptions, "store" | "roles" | "runtime">,
  signal?: AbortSignal,
): Promise<JoinedCluster | undefined> {
  const peer = await createNodePeer({
    ...sharedOf(options),
    newCluster: false,
    discover: true,
    ...(store === undefined ? {} : { store }),
    ...(roles === undefined ? {} : { roles }),
    ...(runtime === undefined ? {} : { runtime }),
  });
  try {
    return {
      peer,
      scheduler: await findScheduler(peer, { timeoutMs: LAN_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) }),
    };
  } catch (error) {
    await peer.close({ cancel: true });
    if (isSkeinError(error, "TIMEOUT")) return undefined;
    throw error;
  }
}

async function orClose<T>(peer: PeerHost, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await peer.close({ cancel: true });
    throw error;
  }
}

/** `NO_CLUSTER`, with where one may be found: `npm start` and projects keep theirs beside them. */
export function noClusterHere(): SkeinError {
  const beside = readUpState(resolve(BESIDE)) !== undefined;
  if (!beside && upWasKilled(defaultDataPath())) return killedHere();
  const where = beside ? "none runs with the usual data directory of" : "none runs on";
  return new SkeinError("NO_CLUSTER", `no cluster was named and ${where} this machine`, {
    hint: beside
      ? `one runs with the data directory ${BESIDE}: set SKEIN_DATA=${BESIDE}`
      : "start one with skein up, name one with --on LINK, connect(link) or SKEIN_CLUSTER, or set SKEIN_DATA to the data directory of a skein up",
  });
}

const killedHere = (): SkeinError =>
  new SkeinError("NO_CLUSTER", "the cluster that ran on this machine was killed: its process is gone", {
    hint: "start it again as before (skein up, skein scheduler): it keeps its key, so invites stay good and nodes come back",
  });

/** Who schedules; this peer is connected to it then. @throws {SkeinError} `NO_CLUSTER` */
async function schedulerOf(peer: PeerHost, ways: WaysTried): Promise<Location> {
  try {
    const way = "who schedules there";
    return await ways.along(way, async () => await findScheduler(peer, { timeoutMs: FIND_TIMEOUT_MS }));
  } catch (error) {
    throw isSkeinError(error, "TIMEOUT") ? noScheduler(error) : error;
  }
}
