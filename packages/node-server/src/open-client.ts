/** Finds a cluster, joins it and makes a client: what `connect()` stands for. */
import { basename } from "node:path";
import { type Address, type Client, createClient, type Logger, type PeerHost } from "@skein/runtime";
import { createBundler } from "./code/bundler.ts";
import { IdleHint } from "./idle-hint.ts";
import { joinCluster } from "./join-cluster.ts";
import { showLogs } from "./show-logs.ts";

export interface OpenClientOptions {
  /** Default: the program's file name. */
  readonly name?: string;
  readonly logger?: Logger;
  readonly secret?: string;
  readonly nodes?: readonly Address[];
}

/** Joins the cluster that `link` names, or the one found without it, as a client. Its errors are those of `connect`. */
export async function openClient(link: string | undefined, options: OpenClientOptions): Promise<Client<PeerHost>> {
  const { name = programName(), logger, secret, nodes } = options;
  const shared = { name, ...(logger === undefined ? {} : { logger }) };
  const { peer, scheduler } = await joinCluster(link, {
    ...shared,
    ...(secret === undefined ? {} : { secret }),
    ...(nodes === undefined ? {} : { nodes }),
    needs: ["client", "operator"],
  });
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
}

const sayToPeople = (text: string): void => void process.stderr.write(`skein: ${text}\n`);

const programName = (): string => basename(process.argv[1] ?? "node");
