/** Options of `skein up` and `skein node`: one table; flags go before the environment (`SKEIN_…`), that before the file. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { SkeinError } from "@skein/runtime";
import { type LogFormat, LOG_FORMATS, type LogThreshold, LOG_THRESHOLDS } from "./log.ts";
import { defaultDataPath } from "./data-directory.ts";

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
  /** Files (PEM) of the certificate and key for listening on `wss://`. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The secret of the cluster, where that is how it is joined. Never written to a saved configuration. */
  readonly secret?: string;
  /** Folder whose `node_modules` has the packages that jobs name; absent: the working directory. */
  readonly packages?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly consoleHost: string;
  /** 0: any free port; absent: 8181 or the next free one. */
  readonly consolePort?: number;
  /** Whether `skein up` serves the console. */
  readonly console: boolean;
  readonly log: LogThreshold;
  readonly logFormat: LogFormat;
}

/** What one source says before defaults are filled in. Texts from flags and environment are narrowed by the table. */
export type GivenConfig = { -readonly [Key in keyof Config]?: Config[Key] };

type Source = string;

/** One row of the table. */
export interface Option<Key extends keyof Config> {
  /** What follows the flag in the help, empty for a switch. */
  readonly value: string;
  readonly about: string;
  /** May be given several times; in the environment the values are separated by commas. */
  readonly repeatable?: boolean;
  /** Narrows a text of a flag or the environment (a list of texts where repeatable), or a value of the file. */
  readonly parse: (given: unknown, source: Source) => NonNullable<Config[Key]>;
}

export type OptionTable = { readonly [Key in keyof Required<Config>]: Option<Key> };

export const OPTIONS: OptionTable = {
  name: { value: "NAME", about: "what others call this machine (default: its host name)", parse: text },
  data: { value: "DIR", about: "where identity, keys and code are kept", parse: text },
  servers: { value: "N|all|-N", about: "server processes: N, all cores, or all but N (default: all)", parse: servers },
  listen: {
    value: "ADDR",
    about: "address to listen on, HOST:PORT, ws://HOST:PORT or a multiaddr (default: loopback)",
    repeatable: true,
    parse: list,
  },
  announce: {
    value: "ADDR",
    about: "address to tell others instead of those listened on (behind NAT or a forwarded port)",
    repeatable: true,
    parse: list,
  },
  peer: { value: "ADDR", about: "peer to stay connected with", repeatable: true, parse: list },
  discover: { value: "", about: "don't look for peers on the local network", parse: yesOrNo },
  tlsCert: { value: "FILE", about: "certificate (PEM) for listening on wss://", parse: text },
  tlsKey: { value: "FILE", about: "its key (PEM)", parse: text },
  secret: {
    value: "SECRET",
    about: "secret of the cluster in place of an invite (skein secret makes one; flags can be seen by others here)",
    parse: text,
  },
  packages: {
    value: "DIR",
    about: "where the packages that jobs name are installed (default: the working directory)",
    parse: text,
  },
  label: { value: "KEY=VALUE", about: "label of this node, for placement", repeatable: true, parse: labels },
  consoleHost: { value: "HOST", about: "where the console listens (default: 127.0.0.1)", parse: text },
  consolePort: {
    value: "PORT",
    about: "port of the console, 0 for any (default: 8181 or the next free one)",
    parse: port,
  },
  console: { value: "", about: "don't serve the console", parse: yesOrNo },
  log: {
    value: "LEVEL",
    about: `what to log to standard error: ${LOG_THRESHOLDS.join(", ")} (default: warn)`,
    parse: oneOf(LOG_THRESHOLDS),
  },
  logFormat: { value: "FORMAT", about: "text or json lines (default: text)", parse: oneOf(LOG_FORMATS) },
};

export const OPTION_NAMES: readonly (keyof Config)[] = Object.keys(OPTIONS).filter(isOptionName);

/** `consolePort` → `--console-port`. */
export const flagOf = (name: keyof Config): string => `--${kebab(name)}`;
/** `consolePort` → `SKEIN_CONSOLE_PORT`. */
export const variableOf = (name: keyof Config): string => `SKEIN_${kebab(name).replaceAll("-", "_").toUpperCase()}`;

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
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(told), undefined, 2)}\n`);
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
    consoleHost: "127.0.0.1",
    console: true,
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
    throw new SkeinError("OPTION_INVALID", `the configuration ${path} can't be read: ${String(error)}`, {
      hint: "give a JSON file, as --save-config writes it",
      cause: error,
    });
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

function isOptionName(name: string): name is keyof Config {
  return Object.hasOwn(OPTIONS, name);
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function invalid(message: string, hint: string): SkeinError {
  return new SkeinError("OPTION_INVALID", message, { hint });
}

function text(given: unknown, source: Source): string {
  if (typeof given === "string" && given !== "") return given;
  throw invalid(`${source} needs a text`, `write ${source} VALUE`);
}

function list(given: unknown, source: Source): readonly string[] {
  const items: readonly unknown[] = Array.isArray(given) ? given : [given];
  return items.map((item) => text(item, source));
}

function labels(given: unknown, source: Source): Readonly<Record<string, string>> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(value, `${source}.${key}`)]));
  }
  return Object.fromEntries(
    list(given, source).map((item) => {
      const [key = "", ...value] = item.split("=");
      if (key === "" || value.length === 0)
        throw invalid(`${source}: ${JSON.stringify(item)} is no KEY=VALUE`, "write gpu=yes, for example");
      return [key, value.join("=")];
    }),
  );
}

function servers(given: unknown, source: Source): number {
  const all = availableParallelism();
  if (given === "all") return all;
  const count = Number(given);
  if (!Number.isInteger(count) || given === "") {
    throw invalid(
      `${source}: ${JSON.stringify(given)} is no number of servers`,
      "give a number, all, or -N for all but N",
    );
  }
  if (count === 0) {
    throw invalid(`${source}: a node has 1 server or more`, "leave the option out for one for each core");
  }
  const wanted = count > 0 ? count : all + count;
  if (wanted >= 1 && wanted <= 1024) return wanted;
  throw invalid(
    `${source}: ${String(given)} leaves ${wanted} servers on ${all} cores`,
    "at least 1 and at most 1024 are possible",
  );
}

function port(given: unknown, source: Source): number {
  const number = given === "" ? Number.NaN : Number(given);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw invalid(`${source}: ${JSON.stringify(given)} is no port`, "give a number from 0 to 65535");
}

function yesOrNo(given: unknown, source: Source): boolean {
  if (typeof given === "boolean") return given;
  if (given === "yes" || given === "true" || given === "1") return true;
  if (given === "no" || given === "false" || given === "0") return false;
  throw invalid(`${source}: ${JSON.stringify(given)} is neither yes nor no`, "write yes or no");
}

function oneOf<T extends string>(values: readonly T[]): (given: unknown, source: Source) => T {
  return (given, source) => {
    const found = values.find((value) => value === given);
    if (found === undefined)
      throw invalid(
        `${source}: ${JSON.stringify(given)} is none of ${values.join(", ")}`,
        `choose one of ${values.join(", ")}`,
      );
    return found;
  };
}
