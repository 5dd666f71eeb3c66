/** `connect()`: a program becomes a client of a cluster. */
import { type Client, type Logger, type Operation, type PeerHost, SECOND_MS, type WaitOptions } from "@skein/runtime";
import { acting } from "./acting.ts";

export interface ConnectOptions extends WaitOptions {
  /** What others call this client. Default: the program's file name. */
  readonly name?: string;
  readonly logger?: Logger;
}

/** How long a cluster is looked for, in milliseconds. */
const CONNECT_TIMEOUT_MS: number = 30 * SECOND_MS;

/**
 * Connects this process to a cluster as a client: the one that `link` names (an invite), else that of the environment
 * variable `SKEIN_CLUSTER`, else the `skein up` of this machine. Tried for 30 s unless `timeoutMs` says otherwise.
 *
 * Errors: `NO_CLUSTER` when there is none; `ROLE_FORBIDS` when the invite is for no client; `PEER_UNREACHABLE`, `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`, `TIMEOUT`.
 *
 * @example
 * await using client = await connect();
 * const job = await client.openJob();
 */
export function connect(link?: string, options: ConnectOptions = {}): Operation<Client<PeerHost>> {
  const { timeoutMs = CONNECT_TIMEOUT_MS, signal, ...rest } = options;
  // Loaded when it is wanted: programs of tasks alone don't pay for the network.
  const open = async (): Promise<Client<PeerHost>> => await (await import("./open-client.ts")).openClient(link, rest);
  return acting(open, {
    what: "a cluster",
    wait: { timeoutMs, ...(signal === undefined ? {} : { signal }) },
    late: (client) => client.close({ cancel: true }),
  });
}
