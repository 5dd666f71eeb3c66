/** How far a node confines the code it runs, what a job asks for beyond that, and whether the two meet. Pure. */
import { SkeinError } from "../errors.ts";

/** The profiles, each stricter than the one before it. */
export const ISOLATIONS = ["trusted", "guarded", "uid", "sealed"] as const;

/**
 * How far code is confined. `trusted`: a process of its own, with all rights of the node's user. `guarded`: without the
 * node's files and environment, programs and threads; a fence against mistakes, not against malice. `uid`: guarded, as a
 * user of its own. `sealed`: in namespaces of its own, without a network.
 */
export type Isolation = (typeof ISOLATIONS)[number];

/** What code may do beyond its profile: a job asks for it, a node offers it (`--allow`). */
export interface Allow {
  /** Files and folders of the node, by absolute path; a folder with all that is in it. */
  readonly read?: readonly string[];
  /** The same, to change them too. */
  readonly write?: readonly string[];
  /** To start programs. In `guarded` and `uid` these are not confined as the code is, but for the user they run as. */
  readonly run?: true;
  /** To reach the network. `guarded` and `uid` can't keep code from it before Node 26. */
  readonly net?: true;
  /** To start worker threads (`offload`). In `guarded` and `uid` what a thread reads and writes is not confined. */
  readonly threads?: true;
  /** To load native packages. What they do is not confined in `guarded` and `uid`. */
  readonly addons?: true;
}

/** What a server process is given. */
export interface Confinement {
  readonly isolation: Isolation;
  readonly allow: Allow;
}

/** What a job asks for. */
export interface IsolationWish {
  /** At least this; absent: whatever the node gives. */
  readonly isolation?: Isolation | undefined;
  readonly allow?: Allow | undefined;
}

const SWITCHES = ["run", "net", "threads", "addons"] as const;
const PATHS = ["read", "write"] as const;
/** Paths of one list. */
const PATHS_LIMIT = 256;

export const UNCONFINED: Confinement = { isolation: "trusted", allow: {} };

export const isIsolation = (value: unknown): value is Isolation => ISOLATIONS.some((name) => name === value);

/** Whether `a` confines at least as far as `b`. */
export const isAsStrict = (a: Isolation, b: Isolation): boolean => ISOLATIONS.indexOf(a) >= ISOLATIONS.indexOf(b);

/**
 * What of `wanted` is not in `offered`, as words for people; `undefined` when nothing is missing.
 *
 * @example
 * allowLack({ read: ["/data/a.csv"], net: true }, { read: ["/data"] }); // "net"
 */
export function allowLack(wanted: Allow, offered: Allow): string | undefined {
  const lacks: string[] = [];
  for (const kind of PATHS) {
    // Who may change a file may read it.
    const given = kind === "read" ? [...(offered.read ?? []), ...(offered.write ?? [])] : (offered.write ?? []);
    for (const path of wanted[kind] ?? []) if (!given.some((one) => isWithin(path, one))) lacks.push(`${kind} ${path}`);
  }
  for (const name of SWITCHES) if (wanted[name] === true && offered[name] !== true) lacks.push(name);
  return lacks.length === 0 ? undefined : lacks.join(", ");
}

/**
 * Why a node that confines so can't take a job that asks for `wish`; `undefined` when it can. `owned`: the job is of the
 * node's own user, whose code runs there as he wishes.
 */
export function isolationLack(wish: IsolationWish, offered: Confinement, owned = false): string | undefined {
  const { isolation, allow = {} } = wish;
  if (isolation !== undefined && !isAsStrict(offered.isolation, isolation)) {
    return `it runs code ${offered.isolation}, not ${isolation}`;
  }
  if (given(wish, offered, owned) === "trusted") return undefined;
  const lack = allowLack(allow, offered.allow);
  return lack === undefined ? undefined : `it does not allow ${lack}`;
}

/**
 * What a process gets that runs code of such a job on such a node; call it where nothing lacks. Its paths are those that
 * the node offers, not those within them that the job names: these may be links, by then, that lead elsewhere.
 */
export function confinementFor(wish: IsolationWish, offered: Confinement, owned: boolean): Confinement {
  const isolation = given(wish, offered, owned);
  return isolation === "trusted" ? UNCONFINED : { isolation, allow: granted(wish.allow ?? {}, offered.allow) };
}

/** What is asked for, with the offered paths that hold what is named. */
function granted({ read = [], write = [], ...switches }: Allow, offered: Allow): Allow {
  const holds = (asked: readonly string[], paths: readonly string[]): readonly string[] =>
    paths.filter((path) => asked.some((one) => isWithin(one, path)));
  const reads = holds(read, [...new Set([...(offered.read ?? []), ...(offered.write ?? [])])]);
  const writes = holds(write, offered.write ?? []);
  return {
    ...(reads.length === 0 ? {} : { read: reads }),
    ...(writes.length === 0 ? {} : { write: writes }),
    ...switches,
  };
}

const given = ({ isolation }: IsolationWish, offered: Confinement, owned: boolean): Isolation =>
  owned ? (isolation ?? "trusted") : offered.isolation;

export function isSameConfinement(a: Confinement, b: Confinement): boolean {
  return a === b || (a.isolation === b.isolation && keyOf(a.allow) === keyOf(b.allow));
}

const keyOf = (allow: Allow): string =>
  JSON.stringify([
    ...PATHS.map((kind) => (allow[kind] ?? []).toSorted()),
    ...SWITCHES.map((name) => allow[name] === true),
  ]);

/** @throws {SkeinError} `OPTION_INVALID` for an unknown profile, a path that is not absolute, too many of them */
export function checkIsolation({ isolation, allow }: IsolationWish): void {
  if (isolation !== undefined && !isIsolation(isolation)) {
    throw invalid(`there is no isolation ${JSON.stringify(isolation)}`, `choose one of ${ISOLATIONS.join(", ")}`);
  }
  if (allow === undefined) return;
  for (const name of Object.keys(allow)) {
    if (![...PATHS, ...SWITCHES].some((known) => known === name)) {
      throw invalid(`nothing is allowed by the name ${name}`, `give ${[...PATHS, ...SWITCHES].join(", ")}`);
    }
  }
  for (const kind of PATHS) {
    const paths = allow[kind] ?? [];
    if (paths.length > PATHS_LIMIT)
      throw invalid(`allow.${kind} has ${paths.length} paths`, `give ${PATHS_LIMIT} at most`);
    for (const path of paths) {
      if (isAbsolutePath(path)) continue;
      throw invalid(
        `allow.${kind}: ${JSON.stringify(path)} is no absolute path`,
        "write it from the root on, without ..",
      );
    }
  }
}

/** From the root of a POSIX or a Windows machine on, without steps back and patterns: it leads where it says. */
export const isAbsolutePath = (path: string): boolean =>
  /^(\/|[A-Za-z]:[\\/])/.test(path) && !path.split(/[\\/]/).includes("..") && !/[\0*]/.test(path);

function isWithin(path: string, folder: string): boolean {
  const base = folder.replace(/[\\/]+$/, "");
  return (
    path === folder ||
    path.replace(/[\\/]+$/, "") === base ||
    path.startsWith(`${base}/`) ||
    path.startsWith(`${base}\\`)
  );
}

const invalid = (message: string, hint: string): SkeinError => new SkeinError("OPTION_INVALID", message, { hint });
