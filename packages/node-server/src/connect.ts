/** `connect()`: a program becomes a client of a cluster. */
import { basename } from "node:path";
import { type Client, type Logger, type Operation, SECOND_MS, type WaitOptions } from "@skein/runtime";
import { createClient, type PeerHost } from "@skein/runtime/host";
import { acting } from "./acting.ts";
import { createBundler } from "./code/bundler.ts";
import { IdleHint } from "./idle-hint.ts";
import { joinCluster } from "./join-cluster.ts";
import { showLogs } from "./show-logs.ts";

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
  const { timeoutMs = CONNECT_TIMEOUT_MS, signal, logger, name = programName() } = options;
  const shared = { name, ...(logger === undefined ? {} : { logger }) };
  const open = async (): Promise<Client<PeerHost>> => {
    const { peer, scheduler } = await joinCluster(link, { ...shared, needs: ["client", "operator"] });
    const hint = process.env["SKEIN_RUN"] === "1" ? new IdleHint(sayToPeople) : undefined;
    return createClient(peer, {
      scheduler,
      bundler: createBundler(),
      ...shared,
      onClose: async () => {
        hint?.close();
        await peer.close();
      },
      onJob: (job) => {
        hint?.add(job);
        if (process.env["SKEIN_LOGS"] === "1") void showLogs(job);
      },
    });
  };
  return acting(open, {
    what: "a cluster",
    wait: { timeoutMs, ...(signal === undefined ? {} : { signal }) },
    late: (client) => client.close({ cancel: true }),
  });
}

const sayToPeople = (text: string): void => void process.stderr.write(`skein: ${text}\n`);

const programName = (): string => basename(process.argv[1] ?? "node");
