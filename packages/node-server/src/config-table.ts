/** The table of options of `skein up`, `node` and `scheduler`: what each takes, says and is called. */
import { MIB } from "@skein/runtime";
import { HEARTBEAT_MS } from "@skein/runtime/host";
import { ISOLATIONS } from "@skein/runtime/network";
import type { Config } from "./config.ts";
import {
  bytes,
  bytesFrom,
  count,
  labels,
  list,
  milliseconds,
  oneOf,
  port,
  portRange,
  servers,
  type Source,
  text,
  timeOfDay,
  yesOrNo,
} from "./config-parsers.ts";
import { LOG_FORMATS, LOG_THRESHOLDS } from "./log.ts";

/** Peers asked more often than this have no time to answer. */
const LEAST_HEARTBEAT_MS = 100;
/** The load, by which idle servers are found, is looked at every second. */
const LEAST_ZOMBIE_MS = 1000;
/** Below it every server process would be ended as soon as it is up. */
const LEAST_MEMORY_BYTES: number = 128 * MIB;
const LEAST_DISK_BYTES: number = MIB;
/** A turn is worth more than the handing over of a server. */
const LEAST_QUANTUM_MS = 100;

/** One row of the table. */
export interface Option<Key extends keyof Config> {
  /** What follows the flag in the help, empty for a switch. */
  readonly value: string;
  /** A switch that is on and turned off by its flag: `--no-NAME`. */
  readonly turnsOff?: true;
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
  discover: { value: "", turnsOff: true, about: "don't look for peers on the local network", parse: yesOrNo },
  udpPorts: {
    value: "A-B",
    about: "ports of UDP for direct connections of pages (WebRTC), for a firewall (default: any)",
    parse: portRange,
  },
  tlsCert: {
    value: "FILE",
    about: "certificate (PEM) for listening on wss://, the join page, and a console beyond this machine",
    parse: text,
  },
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
  serverMemory: {
    value: "BYTES",
    about: "memory of a server process, as 512m or 4g (default: its part of the machine's)",
    parse: bytesFrom(LEAST_MEMORY_BYTES, "a server process that does nothing has more than half of 128m"),
  },
  serverDisk: {
    value: "BYTES",
    about:
      "what a server process may keep in its folder, and a job in the files it sends here, as 512m or 4g (default: 10g)",
    parse: bytesFrom(LEAST_DISK_BYTES, "the code of a job takes as much"),
  },
  maxFile: {
    value: "BYTES",
    about: "largest file taken from another peer, as 10m or 4g (default: 4g)",
    parse: bytes,
  },
  heartbeatMs: {
    value: "MS",
    about: "how often peers are asked whether they are there, 5000 or less (default: 5000)",
    parse: milliseconds(LEAST_HEARTBEAT_MS, HEARTBEAT_MS),
  },
  zombieMs: {
    value: "MS",
    about: "a server that a job holds and has not used for this long is asked back (default: never)",
    parse: milliseconds(LEAST_ZOMBIE_MS),
  },
  quantumMs: {
    value: "MS",
    about: "a job that others wait for keeps a server at least this long (default: 2000)",
    parse: milliseconds(LEAST_QUANTUM_MS),
  },
  serve: { value: "N", about: "end when N clients have been served (default: serve for ever)", parse: count },
  serviceStart: {
    value: "HH:MM",
    about: "work from this time of day on (local time; default: now)",
    parse: timeOfDay,
  },
  serviceStop: { value: "HH:MM", about: "take no new work from then on; what runs may end", parse: timeOfDay },
  serviceEnd: { value: "HH:MM", about: "end what still runs then (default: let it end)", parse: timeOfDay },
  isolation: {
    value: "PROFILE",
    about: `how far code of jobs is confined: ${ISOLATIONS.join(", ")} (docs/security.md; default: guarded)`,
    parse: oneOf(ISOLATIONS),
  },
  allow: {
    value: "WHAT",
    about: "what jobs may ask for beyond that: read=PATH, write=PATH, run, net, threads, addons",
    repeatable: true,
    parse: list,
  },
  node: {
    value: "ADDR",
    about: "a node to take, that shares the secret and listens there",
    repeatable: true,
    parse: list,
  },
  clean: {
    value: "",
    about: "first end the process that still has the data directory, and remove code and files that were kept there",
    parse: yesOrNo,
  },
  daemon: { value: "", about: "go on in the background; the log is skein.log in the data directory", parse: yesOrNo },
  consoleHost: { value: "HOST", about: "where the console listens (default: 127.0.0.1)", parse: text },
  consolePort: {
    value: "PORT",
    about: "port of the console, 0 for any (default: 8181 or the next free one)",
    parse: port,
  },
  console: { value: "", turnsOff: true, about: "don't serve the console", parse: yesOrNo },
  tlsAuto: {
    value: "",
    about: "serve the console with a self-signed certificate, kept in the data directory; its fingerprint is printed",
    parse: yesOrNo,
  },
  showArgs: {
    value: "",
    turnsOff: true,
    about: "tell nobody the arguments of tasks: they never leave the scheduler",
    parse: yesOrNo,
  },
  metricsHost: {
    value: "HOST",
    about: "where metrics for Prometheus are served (default: 127.0.0.1)",
    parse: text,
  },
  metricsPort: {
    value: "PORT",
    about: "serve metrics for Prometheus at http://HOST:PORT/metrics, 0 for any port (default: not at all)",
    parse: port,
  },
  joinHost: {
    value: "HOST",
    about: "where the join page listens (default: 127.0.0.1, or all addresses where --listen goes beyond it)",
    parse: text,
  },
  joinPort: {
    value: "PORT",
    about: "port of the join page, 0 for any (default: 8182 or the next free one)",
    parse: port,
  },
  join: { value: "", turnsOff: true, about: "don't serve the page with which browsers join", parse: yesOrNo },
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

export function isOptionName(name: string): name is keyof Config {
  return Object.hasOwn(OPTIONS, name);
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
