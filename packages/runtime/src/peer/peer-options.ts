/** Checks a peer's options before anything is opened: programs in JavaScript have no compiler that does. */
import { SkeinError } from "../errors.ts";
import { LABELS_LIMIT, NAME_LIMIT } from "../wire/limits.ts";
import type { PeerOptions } from "./peer-host.ts";

const LISTS = ["listen", "announce", "peers", "addresses"] as const;
const TIMES = ["lingerMs", "heartbeatMs"] as const;
const FLAGS = ["discover", "webRtc"] as const;

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
  if (options.labels !== undefined && !areLabels(options.labels)) {
    throw wrong("labels are no texts by name", 'write labels: { room: "3.14" }, at most 64 of up to 256 characters');
  }
  const { udpPorts }: { readonly udpPorts?: unknown } = options;
  if (udpPorts !== undefined && !arePorts(udpPorts)) {
    throw wrong("udpPorts are no two ports, the lower one first", "write udpPorts: [40000, 40100]");
  }
  for (const name of FLAGS) {
    const flag: unknown = options[name];
    if (flag !== undefined && typeof flag !== "boolean") {
      throw wrong(`${name} is ${shown(flag)}`, "give true, false, or leave it out");
    }
  }
}

const arePorts = (ports: unknown): boolean =>
  Array.isArray(ports) &&
  ports.length === 2 &&
  ports.every((port) => Number.isInteger(port) && port > 0 && port <= 65_535) &&
  ports[0] <= ports[1];

const areLabels = (labels: unknown): boolean =>
  typeof labels === "object" &&
  labels !== null &&
  Object.keys(labels).length <= LABELS_LIMIT &&
  Object.entries(labels).every(([name, text]) => isText(name) && name.length > 0 && isText(text));

const isText = (value: unknown): boolean => typeof value === "string" && value.length <= NAME_LIMIT;

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);

const wrong = (what: string, hint: string): SkeinError => new SkeinError("OPTION_INVALID", what, { hint });
