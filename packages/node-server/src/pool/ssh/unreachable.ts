/** Why a host can't be reached by ssh: in ssh's own words, with what to do about it. */
import { SkeinError } from "@skein/runtime";
import type { SshAddress } from "../../ssh-address.ts";

/** How an ssh has ended. */
export interface SshEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it, and the shell there, printed as errors. */
  readonly said: string;
  /** It could not be started. */
  readonly cause?: Error;
}

/** ssh's own failures. */
const SSH_FAILED = 255;
/** A shell's way to say that a program is not there. */
const NOT_FOUND = 127;
const WORDS_SHOWN = 500;

const hostUnreachable = ({ name }: SshAddress, said: string, hint: string, cause?: unknown): SkeinError =>
  new SkeinError("HOST_UNREACHABLE", `${name}: ${said.slice(-WORDS_SHOWN)}`, { hint, cause });

export const wordsOf = ({ code, signal, said, cause }: SshEnd): string =>
  cause?.message ?? (said === "" ? `ssh ended ${signal === null ? `with code ${code}` : `by ${signal}`}` : said);

export function unreachable(address: SshAddress, end: SshEnd): SkeinError {
  const words = wordsOf(end);
  return hostUnreachable(address, words, hintFor(address, end, words), end.cause ?? new Error(words));
}

function hintFor({ destination, node }: SshAddress, { code, cause }: SshEnd, words: string): string {
  const byHand = `ssh ${destination}`;
  if (cause !== undefined) return "ssh is to be installed here, and on the path";
  if (code === NOT_FOUND || /not found|No such file/i.test(words)) {
    return node === "node"
      ? "Node is not on the path that its shell gives programs: install it there, or name it: ssh://host/4?node=/usr/bin/node"
      : `look whether ${node} is Node there`;
  }
  if (code !== SSH_FAILED) return `look what ${byHand} ${node} --version says`;
  if (/host key|authenticity/i.test(words)) {
    return `connect once by hand (${byHand}) and compare the key that it shows, so that it stands in known_hosts`;
  }
  if (/permission denied|authentication/i.test(words)) {
    return `it has to work without a password: put a key there (ssh-copy-id ${destination}), or name yours in ~/.ssh/config`;
  }
  return `try it by hand: ${byHand}`;
}

export const notInTime = (address: SshAddress, timeoutMs: number): SkeinError =>
  hostUnreachable(
    address,
    `it did not answer within ${timeoutMs} ms`,
    `try it by hand: ssh ${address.destination}; or give more time with connectTimeoutMs`,
  );

export const nodeTooOld = (address: SshAddress, node: string, [major, minor]: readonly [number, number]): SkeinError =>
  hostUnreachable(
    address,
    `Node ${node} there is too old`,
    `install Node ${major}.${minor} or newer, or name another one there: ssh://host/4?node=/path/to/node`,
  );
