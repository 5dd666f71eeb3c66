/** The address of a machine that is reached by ssh: `ssh://user@host:22/8?node=/usr/bin/node`. */
import { SkeinError } from "@skein/runtime";

/** Workers that one machine may be asked for: a slip of the finger starts no more. */
const WORKERS_LIMIT = 4096;

export interface SshAddress {
  /** For people, without what is ours: `ssh://user@host:22`. */
  readonly name: string;
  /** What `ssh` is given, after its options: port and destination. */
  readonly words: readonly string[];
  /** What a user would type after `ssh`. */
  readonly destination: string;
  /** Node's program there. */
  readonly node: string;
  /** The number in its path; absent without one. */
  readonly workers: number | undefined;
}

/** @throws {SkeinError} `OPTION_INVALID` for what is no such address */
export function sshAddress(address: string): SshAddress {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "ssh:" || url.password !== "" || url.hash !== "") throw notAnAddress(address);
  const node = url.searchParams.get("node") ?? "node";
  const name = decoded(url.username);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const others = [...url.searchParams.keys()].filter((key) => key !== "node");
  if (host === "" || others.length > 0 || ![name, host, node].every(isPlain)) throw notAnAddress(address);
  const count = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  const workers = count === "" ? undefined : Number(count);
  if (count === undefined || workers === 0 || (workers ?? 0) > WORKERS_LIMIT) throw notAnAddress(address);
  const port = url.port === "" ? [] : ["-p", url.port];
  const destination = name === "" ? host : `${name}@${host}`;
  return {
    name: `ssh://${url.username === "" ? "" : `${url.username}@`}${url.host}`,
    words: [...port, "--", destination],
    destination: [...port, destination].join(" "),
    node,
    workers,
  };
}

/** None of them may be taken for an option of ssh, or for more than one word by a shell there. */
const isPlain = (text: string): boolean => /^[\w./:@%+=~-]*$/.test(text) && !text.startsWith("-");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return " "; // which is not plain
  }
}

const notAnAddress = (address: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `${address} is no address of a machine to reach by ssh`, {
    hint: "write ssh://user@host:22/8 (8 workers; none: one for each core there), an IPv6 address in brackets, with ?node=/usr/bin/node where Node is not on its path; ssh uses your keys",
  });
