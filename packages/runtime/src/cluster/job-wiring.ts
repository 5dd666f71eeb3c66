/** Makes the parts of a job at its client, and joins them. */
import { type CodeDigest, type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeShipper, type ShippedCode } from "./code-shipper.ts";
import { type Bundler, type NodeInfo } from "./contracts.ts";
import { type ImportModule, JobCode } from "./job-code.ts";
import { JobActs } from "./job-acts.ts";
import { JobNodes } from "./job-nodes.ts";
import { JobIsolation } from "./job-isolation.ts";
import { JobFiles } from "./job-files.ts";
import { JobLeases } from "./job-leases.ts";
import { JobLeaving } from "./job-leaving.ts";
import { JobPools } from "./job-pools.ts";
import { JobOutput } from "./job-output.ts";
import { JobReports } from "./job-reports.ts";
import { JobRuns } from "./job-runs.ts";
import { JobWants } from "./job-wants.ts";
import { JobTrust } from "./job-trust.ts";
import { JobSetup } from "./job-setup.ts";
import { JobStarts } from "./job-starts.ts";
import { SetupFailures } from "./setup-failures.ts";
import { type OpenOptions } from "./job.ts";
import { JobSteering } from "./job-steering.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { serverOf } from "./run-words.ts";
import { type RunTracing } from "./tracing.ts";
import { type LeaseMoved } from "./words.ts";

export interface JobParts {
  readonly peer: ClusterPeer;
  readonly id: JobId;
  readonly options: OpenOptions;
  readonly inbox: string;
  /** The node whose owner the client is. */
  readonly home: NodeId | undefined;
  readonly bundler: Bundler | undefined;
  readonly importModule: ImportModule;
  readonly shipper: CodeShipper;
  /** A bundle of any job of the client. */
  readonly codeOf: (digest: CodeDigest) => ShippedCode | undefined;
  readonly logger: Logger;
  readonly tracing: RunTracing | undefined;
  /** A note to the scheduler. */
  readonly notify: (name: string, words: unknown) => void;
  /** Has the scheduler end a lease whose node can't be reached from here. */
  readonly fence: (job: JobId, lease: LeaseId) => Promise<void>;
  /** Whether the scheduler lets a server serve another want of its job. Never rejects. */
  readonly claim: (words: LeaseMoved) => Promise<boolean>;
  /** Has nodes end the processes they keep for the job's next turn. */
  readonly forgetParked: (job: JobId, node: NodeId | undefined) => Promise<void>;
  /** A server of the node was given to the job. */
  readonly usedNode: (node: NodeId) => void;
  /** Tells the scheduler that it is over. */
  readonly onClosed: (job: JobId) => PromiseLike<void>;
}

/** The parts, each a concept of its own. */
export interface JobWiring {
  readonly reports: JobReports;
  readonly isolation: JobIsolation;
  readonly code: JobCode;
  readonly output: JobOutput;
  readonly wants: JobWants;
  readonly trust: JobTrust;
  readonly runs: JobRuns;
  readonly nodes: JobNodes;
  readonly files: JobFiles;
  readonly setup: JobSetup;
  readonly leases: JobLeases;
  readonly steering: JobSteering;
  readonly acts: JobActs;
  readonly failures: SetupFailures;
  readonly starts: JobStarts;
  readonly pools: JobPools;
  readonly leaving: JobLeaving;
}

/** `onChange`: how many tasks there are has changed, or something ended at a server. */
export function wireJob(parts: JobParts, onChange: () => void): JobWiring {
  const { peer, id, options, shipper, logger, notify } = parts;
  const { engine, platform } = peer.runtime;
  const label = options.name ?? "";
  const reports = new JobReports({
    platform,
    job: id,
    check: (event) => peer.procedures.check(event),
    send: (report) => notify("scheduler.job.report", report),
  });
  const isolation = new JobIsolation(options, parts.home);
  const code = new JobCode({
    bundler: parts.bundler,
    importModule: parts.importModule,
    packages: options.packages ?? [],
    runtime: peer.runtime,
    onAdded: () => leases.codeAdded(),
  });
  const { maps } = code;
  const output = new JobOutput(id, maps, (event) => reports.record(event));
  const lack = (node: NodeInfo): string | undefined =>
    options.trust === "servers-only" && node.kind === "tab"
      ? "it is a tab, and the job trusts nodes"
      : isolation.lack(node);
  const wants = new JobWants({
    platform,
    logger,
    restart: options.restartServers === true,
    where: options.where,
    lack: isolation.asks || options.trust === "servers-only" ? lack : undefined,
    skipped: (node, why) => reports.record({ type: "node.skipped", node, error: { code: "NO_PLACE", message: why } }),
    moved: () => {
      trust.look();
      leases.changed();
      pools.moved();
    },
    limited: (node, limits) => notify("scheduler.job.node", { job: id, node, limits }),
    fail: (want, error, sinceMs) => runs.failAbsent(want, error, sinceMs),
  });
  const { trust: rule, verify, equal } = options;
  const trust = new JobTrust({
    ...(rule === undefined ? {} : { trust: rule }),
    ...(verify === undefined ? {} : { verify }),
    ...(equal === undefined ? {} : { equal }),
    platform,
    logger,
    wants,
    book: () => runs.book,
    lacksOf: (digest) => code.lacksOf(digest),
    check: (value) => peer.procedures.check(value),
    again: (run, want) => runs.again(run, want),
    move: (run, want) => runs.move(run, want),
    end: (run, exit, at) => runs.finish(run, exit, at),
    drop: (tab, message) => {
      nodes.nodeSkipped(tab, { code: "NO_PLACE", message });
      leases.forsake(tab);
    },
    warn: (lease, text, fields) => {
      logger.warn(text, fields);
      reports.record({ type: "log", job: id, server: serverOf(lease), level: "warn", text, fields });
    },
    redo: (run, args) => starts.redo(run, args),
    corrected: ({ id: task, name: fn, attempt }, lease) =>
      reports.record({ type: "task.corrected", task, job: id, fn, attempt, server: serverOf(lease) }),
  });
  const runs = new JobRuns({
    engine,
    job: id,
    reports,
    logger,
    maps,
    tell: (server, name, words, how) => peer.procedures.notify(server, name, words, how),
    check: (value) => peer.procedures.check(value),
    kill: (lease, server) => peer.procedures.notify({ peer: server.peer, server: 0 }, "node.kill", { lease }),
    oneByOne: options.restartServers === true,
    wants,
    moved: (lease, want) => notify("scheduler.job.moved", { job: id, lease, want }),
    claim: (lease, want) => parts.claim({ job: id, lease, want }),
    trust,
    ...(parts.tracing === undefined ? {} : { tracing: parts.tracing }),
    onChange: () => onChange(),
  });
  const nodes = new JobNodes((event) => reports.record(event));
  const files = new JobFiles({ peer, job: id, files: options.files ?? [] });
  const setup = new JobSetup({
    peer,
    job: id,
    name: label,
    nodes,
    files,
    code,
    nodeSetup: options.nodeSetup,
    serverSetup: options.serverSetup,
    args: options.setupArgs ?? [],
  });
  const leases = new JobLeases({
    isolation,
    mapText: (text) => maps.text(text),
    nodes,
    setup,
    restart: options.restartServers === true,
    onSetupFailed: (failure) => failures.failed(failure),
    peer,
    job: id,
    runs,
    shipper,
    codes: code.codes,
    logger,
    record: (event) => reports.record(event),
    notify,
    wants,
    usedNode: parts.usedNode,
    forgetParked: (node) => parts.forgetParked(id, node),
    fence: (lease) => parts.fence(id, lease),
    waitsFor: (node) => steering.waitsFor(node),
    unwanted: (lease) => steering.unwanted(lease) || wants.nodes.isDistrusted(lease.server.peer),
  });
  const { manualNodes = false, manualServers = false, onLostNode = "abandon" } = options;
  const steering = new JobSteering({
    job: id,
    runs,
    leases,
    manualNodes,
    manualServers,
    onLostNode,
    record: (event) => reports.record(event),
    notify,
    onSetupArgs: (at, args) => setup.setArgs(at, args),
    onForget: (node, until) => setup.forget(node, until),
  });
  const kill = (lease: Lease<Run>): void =>
    peer.procedures.notify({ peer: lease.server.peer, server: 0 }, "node.kill", { lease: lease.id });
  const failures = new SetupFailures({ platform, nodes, setup, steering, runs, wants, logger });
  const starts = new JobStarts({
    runs,
    code,
    isolation,
    trust,
    client: options.client,
    engine,
    label: label || id,
    onStart: ({ want }) => failures.started(want),
  });
  const nameOf = (lease: Lease<Run>): string => nodes.nameOf(serverOf(lease));
  const pools = new JobPools({ engine, label: label || id, runs, wants, starts, code, shipper, nameOf, kill });

  return {
    reports,
    isolation,
    code,
    output,
    wants,
    trust,
    runs,
    nodes,
    files,
    setup,
    leases,
    steering,
    acts: new JobActs({ runs, procedures: peer.procedures, shipper, codes: code.codes, codeOf: parts.codeOf }),
    failures,
    starts,
    pools,
    leaving: new JobLeaving({ runs, setup, steering }),
  };
}
