/** What `skein up`, `node` and `scheduler` run with; flags go before the environment (`SKEIN_…`), that before the file. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { type Isolation, SkeinError } from "@skein/runtime";
import { invalid, type Source } from "./config-parsers.ts";
import { flagOf, isOptionName, type Option, OPTION_NAMES, OPTIONS, variableOf } from "./config-table.ts";
import { defaultDataPath } from "./data-directory.ts";
import type { LogFormat, LogThreshold } from "./log.ts";

/** What a node or `skein up` runs with. */
export interface Config {
  readonly name: string;
  /** Where identity, certificates, the cluster key and code are kept. */
  readonly data: string;
  /** Server processes on this machine, 1 or more. */
  readonly servers: number;
  /** Addresses to listen on; empty: the default ports of loopback, the next free ones when taken. */
  readonly listen: readonly string[];
  /** Addresses told to others instead of those listened on (behind NAT or a forwarded port). */
  readonly announce: readonly string[];
  /** Peers to stay connected with. */
  readonly peer: readonly string[];
  /** Whether to find peers on the local network; absent: when it listens beyond this machine, or has a secret and no peer. */
  readonly discover?: boolean;
  /** Ports of UDP that WebRTC may use, the first and the last; absent: any. */
  readonly udpPorts?: readonly [first: number, last: number];
  /** Files (PEM) of the certificate and key for listening on `wss://`. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The secret of the cluster, where that is how it is joined. Never written to a saved configuration. */
  readonly secret?: string;
  /** Folder whose `node_modules` has the packages that jobs name; absent: the working directory. */
  readonly packages?: string;
  readonly label: Readonly<Record<string, string>>;
  /** Largest file taken from another peer, in bytes; absent: 4 GiB. */
  readonly maxFile?: number;
  /** What a server process may have in memory, in bytes; absent: its part of the machine's. */
  readonly serverMemory?: number;
  /** What a server process may have in its folder, in bytes; absent: 10 GiB. */
  readonly serverDisk?: number;
  /** How often peers are asked whether they are there, in milliseconds; absent: every 5 s. */
  readonly heartbeatMs?: number;
  /** A server that a job holds and has not used for this long is asked back, in milliseconds; absent: never. */
  readonly zombieMs?: number;
  /** A job that others wait for keeps a server at least this long, in milliseconds; absent: 2 s. */
  readonly quantumMs?: number;
  /** A node ends when it has served so many clients; absent: never. */
  readonly serve?: number;
  /** The daily hours of a node in local time, as "HH:MM": it works from `serviceStart` (absent: when it was started), takes nothing new from `serviceStop`, and ends what still runs at `serviceEnd`. */
  readonly serviceStart?: string;
  readonly serviceStop?: string;
  readonly serviceEnd?: string;
  /** How far code of jobs is confined; absent: the node's usual profile. */
  readonly isolation?: Isolation;
  /** What jobs may ask for beyond that: "read=PATH", "write=PATH", "run", "net", "threads", "addons". */
  readonly allow: readonly string[];
  /** Nodes that a scheduler connects to: they share its secret and listen there. */
  readonly node: readonly string[];
  /** Whether what an earlier run left in the data directory is removed first, and that run ended. */
  readonly clean: boolean;
  /** Whether the command goes on in the background. */
  readonly daemon: boolean;
  readonly consoleHost: string;
  /** 0: any free port; absent: 8181 or the next free one. */
  readonly consolePort?: number;
  /** Whether `skein up` serves the console. */
  readonly console: boolean;
  /** Whether the console is served with a self-signed certificate, kept in the data directory. */
  readonly tlsAuto: boolean;
  /** Whether arguments of tasks are told to those who may see them. */
  readonly showArgs: boolean;
  /** Where metrics for Prometheus are served. */
  readonly metricsHost: string;
  /** 0: any free port; absent: they are not. */
  readonly metricsPort?: number;
  /** Where the join page listens; absent: loopback, or every address where `listen` goes beyond it. */
  readonly joinHost?: string;
  /** 0: any free port; absent: 8182 or the next free one. */
  readonly joinPort?: number;
  /** Whether `skein up` and `node` serve the page with which browsers join. */
  readonly join: boolean;
  readonly log: LogThreshold;
  readonly logFormat: LogFormat;
}

/** What one source says before defaults are filled in. Texts from flags and environment are narrowed by the table. */
export type GivenConfig = { -readonly [Key in keyof Config]?: Config[Key] };

export interface ConfigSources {
  /** What the flags said: texts, lists of texts, or booleans. */
  readonly flags?: Readonly<Partial<Record<keyof Config, unknown>>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Path of a JSON file. */
  readonly file?: string;
}

/**
 * The configuration from all sources, with defaults.
 *
 * @throws {SkeinError} `OPTION_INVALID`, naming the option and where it was given
 * @example
 * const config = readConfig({ flags: { servers: "-1" }, environment: process.env });
 */
export function readConfig(sources: ConfigSources = {}): Config {
  const environment = sources.environment ?? {};
  return {
    ...defaults(environment),
    ...(sources.file === undefined ? {} : fromFile(sources.file)),
    ...fromEnvironment(environment),
    ...fromFlags(sources.flags ?? {}),
  };
}

/** Writes `config` as a file that `--config` reads, without the values that are the defaults here, and without the secret. */
export function saveConfig(path: string, config: Config, environment: ConfigSources["environment"] = {}): void {
  const usual = new Map<string, string>(
    Object.entries(defaults(environment)).map(([key, value]) => [key, JSON.stringify(value)]),
  );
  const told = Object.entries(config).filter(
    ([key, value]) => key !== "secret" && usual.get(key) !== JSON.stringify(value),
  );
  try {
    writeFileSync(path, `${JSON.stringify(Object.fromEntries(told), undefined, 2)}\n`);
  } catch (error) {
    throw fileError(path, "written", error);
  }
}

function fileError(path: string, done: "read" | "written", error: unknown): SkeinError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const said = error instanceof Error ? error.message : String(error);
  const [why, hint] =
    code === "ENOENT"
      ? [done === "read" ? "there is no such file" : "its folder is not there", "look at the path, and where you are"]
      : error instanceof SyntaxError
        ? [`it is no JSON: ${said}`, "give a JSON file, as --save-config writes it"]
        : [said, "see who may read and write it"];
  return new SkeinError("OPTION_INVALID", `the configuration ${path} can't be ${done}: ${why}`, { hint, cause: error });
}

function defaults(environment: Readonly<Record<string, string | undefined>>): Config {
  return {
    name: hostname(),
    data: defaultDataPath(environment),
    servers: availableParallelism(),
    listen: [],
    announce: [],
    peer: [],
    label: {},
    allow: [],
    node: [],
    clean: false,
    daemon: false,
    consoleHost: "127.0.0.1",
    console: true,
    tlsAuto: false,
    showArgs: true,
    metricsHost: "127.0.0.1",
    join: true,
    log: "warn",
    logFormat: "text",
  };
}

function fromFlags(flags: Readonly<Partial<Record<keyof Config, unknown>>>): GivenConfig {
  return collect((name) => [flags[name], flagOf(name)]);
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenConfig {
  return collect((name) => {
    const said = environment[variableOf(name)];
    if (said === undefined || said === "") return [undefined, ""];
    return [OPTIONS[name].repeatable === true ? said.split(",").map((one) => one.trim()) : said, variableOf(name)];
  });
}

function fromFile(path: string): GivenConfig {
  const said = parseFile(path);
  for (const key of Object.keys(said)) {
    if (!isOptionName(key)) {
      throw invalid(`${path} has an unknown key ${JSON.stringify(key)}`, `keys are ${OPTION_NAMES.join(", ")}`);
    }
  }
  return collect((name) => [said[name], `${path}: ${name}`]);
}

function parseFile(path: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw fileError(path, "read", error);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalid(`${path} holds no JSON object`, 'write { "servers": 2 }, for example');
  }
  return { ...parsed };
}

function collect(said: (name: keyof Config) => readonly [value: unknown, source: Source]): GivenConfig {
  const given: GivenConfig = {};
  // `Key` ties the option to its place; the rule sees the signature only.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  const take = <Key extends keyof Config>(name: Key): void => {
    const [value, source] = said(name);
    const option: Option<Key> = OPTIONS[name];
    if (value !== undefined) given[name] = option.parse(value, source);
  };
  for (const name of OPTION_NAMES) take(name);
  return given;
}
