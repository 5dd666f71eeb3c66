/** What the system says when an address can't be listened on, as an error of ours. */
import { isSkeinError, SkeinError } from "@skein/runtime";

/** What libp2p writes about each address that failed. */
const FAILED = /^\s*(\/\S+): .*\b(E[A-Z]{3,})\b/gm;

const REASONS = {
  EADDRINUSE: "another program has that port",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not take that port",
} as const;
const reasonOf = (code: string): string => new Map<string, string>(Object.entries(REASONS)).get(code) ?? code;

/** `OPTION_INVALID` with the addresses and why, when `error` is about listening; else `error` itself. */
export function listenError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "UnsupportedListenAddressesError") return error;
  const failed = Array.from(error.message.matchAll(FAILED), ([, address = "", code = ""]) => ({ address, code }));
  const what = failed.map(({ address, code }) => `${shortAddress(address)} (${reasonOf(code)})`);
  return new SkeinError("OPTION_INVALID", `can't listen on ${what.length > 0 ? what.join(", ") : "an address"}`, {
    hint: "name another (listen in a program, --listen HOST:PORT of a command); port 0 takes any free one",
    // What libp2p says besides is about settings of its own, which nobody has here.
    ...(failed.length > 0 ? {} : { cause: error }),
  });
}

/** Whether another program had a port that was to be listened on. */
export const isPortTaken = (error: unknown): boolean =>
  isSkeinError(error, "OPTION_INVALID") && error.message.includes(REASONS.EADDRINUSE);

/** `/ip4/0.0.0.0/tcp/4100/ws` as it is given: `ws://0.0.0.0:4100`. */
function shortAddress(address: string): string {
  const [, version, host, port, kind] =
    /^\/(ip4|ip6|dns4|dns6|dns)\/([^/]+)\/tcp\/(\d+)(?:\/(wss?))?$/.exec(address) ?? [];
  if (host === undefined) return address;
  return `${kind === undefined ? "" : `${kind}://`}${version === "ip6" ? `[${host}]` : host}:${port ?? ""}`;
}
