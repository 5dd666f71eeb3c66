/** Finds a cluster, joins it and makes a client: what `connect()` stands for. */
import { basename } from "node:path";
import { type Address, type Client, createClient, type Logger, type PeerHost, SkeinError } from "@skein/runtime";
import type { RunTracing } from "@skein/runtime/network";
import { createBundler } from "./code/bundler.ts";
import { IdleHint } from "./idle-hint.ts";
import { type JoinedCluster, joinCluster } from "./join-cluster.ts";
import { joinPrivately } from "./private-scheduler.ts";
import { goodbyeOnSignals } from "./run-goodbye.ts";
import type { RunProgress } from "./run-progress.ts";
import { showLogs } from "./show-logs.ts";
import { WaysTried } from "./ways-tried.ts";

export interface OpenClientOptions {
  /** Default: the program's file name. */
  readonly name?: string;
  readonly logger?: Logger;
  readonly secret?: string;
  readonly nodes?: readonly Address[];
  readonly private?: boolean;
  readonly tracing?: boolean;
  readonly listen?: readonly Address[];
  readonly files?: string;
  readonly maxFileBytes?: number;
  /** Is told how it is looked for. */
  readonly ways?: WaysTried;
}

/** Joins the cluster that `link` names, or the one found without it, as a client. Its errors are those of `connect`. */
export async function openClient(
  link: string | undefined,
  { tracing = process.env["SKEIN_TRACING"] === "1", ...options }: OpenClientOptions,
): Promise<Client<PeerHost>> {
  const { name = programName(), logger } = options;
  const traces = tracing ? await loadTracing() : undefined;
  const shared = { name, ...(logger === undefined ? {} : { logger }) };
  const { peer, scheduler, end, proveOwner } = await join(link, { ...options, ...shared });
  const hint = process.env["SKEIN_RUN"] === "1" ? new IdleHint(sayToPeople) : undefined;
  const progress = process.env["SKEIN_PROGRESS"] === "1" ? await showProgress() : undefined;
  const client = createClient(peer, {
    scheduler,
    ...(proveOwner === undefined ? {} : { home: scheduler.peer, onScheduler: proveOwner }),
    bundler: createBundler(),
    ...(traces === undefined ? {} : { tracing: traces }),
    ...shared,
    onClose: async () => {
      hint?.close();
      progress?.close();
      goodbye?.[Symbol.dispose]();
      end?.();
      await peer.close();
    },
    onJob: (job) => {
      hint?.add(job);
      progress?.add(job);
      if (process.env["SKEIN_LOGS"] === "1") void showLogs(job);
    },
  });
  const goodbye = process.env["SKEIN_RUN"] === "1" ? goodbyeOnSignals(client) : undefined;
  return client;
}

async function join(
  link: string | undefined,
  { private: alone = false, ways = new WaysTried(), ...options }: OpenClientOptions & { readonly name: string },
): Promise<JoinedCluster> {
  if (!alone) return await joinCluster(link, { ...options, ways, needs: ["client", "operator"] });
  if (link === undefined) return await ways.along("a scheduler in this process", () => joinPrivately(options));
  throw new SkeinError(
    "OPTION_INVALID",
    "a link names a cluster that has a scheduler, and a private one was asked for",
    {
      hint: "give one of them; nodes of a private scheduler are named by nodes: [address]",
    },
  );
}

async function loadTracing(): Promise<RunTracing> {
  const { openTelemetry, runTracing } = await import("./tracing/open-telemetry.ts");
  return runTracing(await openTelemetry());
}

/** Its library is loaded when it is wanted. */
async function showProgress(): Promise<RunProgress> {
  const made = await import("./run-progress.ts");
  return new made.RunProgress(made.progressLine(process.stderr));
}

const sayToPeople = (text: string): void => void process.stderr.write(`skein: ${text}\n`);

const programName = (): string => basename(process.argv[1] ?? "node");
