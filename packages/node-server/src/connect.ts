/** `connect()`: a program becomes a client of a cluster. */
import {
  type Address,
  type Client,
  type Logger,
  type Operation,
  type PeerHost,
  SECOND_MS,
  type WaitOptions,
} from "@skein/runtime";
import { acting } from "./acting.ts";
import { WaysTried } from "./ways-tried.ts";

export interface ConnectOptions extends WaitOptions {
  /** What others call this client. Default: the program's file name. */
  readonly name?: string;
  readonly logger?: Logger;
  /** The secret of a cluster, in place of an invite (`skein secret` makes one); the link may then be an address. */
  readonly secret?: string;
  /** Where peers of the secret's cluster are: `host:port`, `ws://…` or multiaddrs. Default: those of `SKEIN_PEER`. */
  readonly nodes?: readonly Address[];
  /**
   * Schedules in this process, for the nodes that share the secret and have no scheduler now: those that `nodes` names, or
   * are found on the local network. They come soon after, and tasks wait for them; while there is none for 5 s, that is
   * a warning. They go to the next scheduler when this client closes.
   */
  readonly private?: boolean;
  /** Where others reach this process. Default: nowhere, it dials. */
  readonly listen?: readonly Address[];
  /**
   * Makes traces by OpenTelemetry (`@opentelemetry/api`, with the SDK that this program has set up): a span for each task
   * it runs, and below it one at the server, where that has an SDK too. Default: what `SKEIN_TRACING=1` says, else false.
   */
  readonly tracing?: boolean;
  /** Folder for the files that tasks and peers send here, made when it isn't there. Default: they are refused. */
  readonly files?: string;
  /** Largest file taken, in bytes. Default 4 GiB. */
  readonly maxFileBytes?: number;
}

/** How long a cluster is looked for, in milliseconds. */
const CONNECT_TIMEOUT_MS: number = 30 * SECOND_MS;

/**
 * Connects this process to a cluster as a client: the one that `link` names (an invite), else that of the environment
 * variable `SKEIN_CLUSTER`, else the one of the secret (`SKEIN_SECRET`), else the `skein up` of this machine, else one on
 * the local network that this user has joined before. Tried for 30 s unless `timeoutMs` says otherwise; its `TIMEOUT` says
 * which of these ways were tried, and how each ended.
 *
 * An invite is used up once: the certificate is kept in the data directory, for one program at a time.
 *
 * Errors: `NO_CLUSTER` when there is none; `ROLE_FORBIDS` when the invite is for no client; `OPTION_INVALID` for `private`
 * or an address without a secret, for `tracing` without its library, and for options that mean nothing; `PEER_UNREACHABLE`, `NOT_A_MEMBER`,
 * `INVITE_EXPIRED`, `INVITE_USED`, `SECRET_WEAK`, `TIMEOUT`.
 *
 * @example
 * await using client = await connect();
 * const job = await client.openJob();
 */
export function connect(link?: string, options: ConnectOptions = {}): Operation<Client<PeerHost>> {
  // What is wrong with them is said before anything is opened.
  const { timeoutMs, signal, ...rest } = typeof options === "object" && options !== null ? options : {};
  const ways = new WaysTried();
  // Loaded when it is wanted: programs of tasks alone don't pay for the network.
  const open = async (): Promise<Client<PeerHost>> => {
    (await import("./compile-cache.ts")).keepCompiled(process.env);
    (await import("./connect-options.ts")).checkConnect(link, options);
    return await (await import("./open-client.ts")).openClient(link, { ...rest, ways });
  };
  const isTime = typeof timeoutMs === "number" && timeoutMs >= 0;
  return acting(open, {
    what: "a cluster",
    wait: {
      timeoutMs: isTime ? timeoutMs : CONNECT_TIMEOUT_MS,
      ...(signal instanceof AbortSignal ? { signal } : {}),
    },
    explain: (error) => ways.explain(error),
    late: (client) => client.close({ cancel: true }),
  });
}
