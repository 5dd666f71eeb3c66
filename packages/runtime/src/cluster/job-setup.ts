/** Makes the nodes and servers of a job ready for it: its files, then `nodeSetup` once per node, then `serverSetup` per process. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { CALL_TIMEOUT_MS, QUARANTINE_AFTER_SERVERS } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId, type ServerId, serverId } from "../ids.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type LiveFunction } from "./contracts.ts";
import { type JobCode, type ShippedFunction } from "./job-code.ts";
import { nodeOf } from "./job-places.ts";
import { type JobFiles } from "./job-files.ts";
import { type JobNodes } from "./job-nodes.ts";
import { type Lease } from "./lease.ts";
import { type Run, type RunWhat } from "./run.ts";
import { parseSetupExit, parseSetupProcess, type SetupRun } from "./setup-words.ts";
import { type Checked } from "./words.ts";
import { SECOND_MS } from "../units.ts";

/** How often, and how far apart, a node is asked whether a process has ended. */
const DIED_TRIES = 20;
const DIED_PAUSE_MS = 100;
/** How long a node's answer to a job's goodbye is waited for. */
const GOODBYE_MS: number = 2 * SECOND_MS;

export interface JobSetupOptions {
  readonly peer: ClusterPeer;
  readonly job: JobId;
  readonly name: string;
  readonly nodes: JobNodes;
  readonly files: JobFiles;
  readonly code: JobCode;
  readonly nodeSetup: LiveFunction | undefined;
  readonly serverSetup: LiveFunction | undefined;
  /** Arguments of both, unless {@link JobSetup.setArgs} gave others. */
  readonly args: readonly unknown[];
}

/** A node or a server that is set up. */
interface SetupPlace {
  readonly at: NodeId | ServerId;
  /** It is an I/O server of its node: its CPU servers may do where it does not. */
  readonly io: boolean;
}

/** A node or a server that could not be set up: the job does without it. */
export interface SetupFailure extends SetupPlace {
  readonly error: SkeinError;
}

/** What is wrong with a file itself, or its place. */
const FILE_ERRORS = ["FILE_FAILED", "FILE_EXISTS", "FILE_TOO_LARGE", "PATH_FORBIDDEN"] as const;

/** Thrown by what sets up a node; the servers there share it. */
class Failed extends Error {
  readonly failure: SetupFailure;

  constructor(failure: SetupFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

export class JobSetup {
  readonly #options: JobSetupOptions;
  readonly #args = new Map<NodeId | ServerId, readonly unknown[]>();
  readonly #nodes = new Map<NodeId, Promise<Endpoint | undefined>>();
  readonly #processes = new Map<NodeId, Endpoint>();
  /** Nodes that are to be set up anew, once nothing uses the old set-up any more. */
  readonly #resets = new Map<NodeId, Promise<void>>();
  /** Nodes that keep something of the job. */
  readonly #used = new Set<NodeId>();
  readonly #done = new WeakSet<Lease<Run>>();
  #nodeSetup: RunWhat | undefined;
  #serverSetup: RunWhat | undefined;
  /** How often, one time after another, the process of a set-up has ended by itself, by its place. */
  readonly #deaths = new Map<string, number>();

  constructor(options: JobSetupOptions) {
    this.#options = options;
  }

  /**
   * Ships the set-up functions, together with the job's other ones.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `CODE_NOT_BUNDLABLE`, `CODE_UNKNOWN`
   */
  async learn(modules: readonly URL[], functions: readonly ShippedFunction[]): Promise<void> {
    const { code, nodeSetup, serverSetup } = this.#options;
    await Promise.all(modules.map((module) => code.learn(module)));
    const live = [nodeSetup, serverSetup].filter((fn) => fn !== undefined).filter((fn) => !code.knows(fn));
    await code.learnFunctions([...functions, ...live]);
    this.#nodeSetup = nodeSetup === undefined ? undefined : code.find(nodeSetup);
    this.#serverSetup = serverSetup === undefined ? undefined : code.find(serverSetup);
    await Promise.all([this.#nodeSetup?.bundled, this.#serverSetup?.bundled]);
  }

  /** Whether the node keeps something of the job: the connection to it is wanted. */
  uses(node: NodeId): boolean {
    return this.#used.has(node);
  }

  /** Whether it is the process in which a node was set up. */
  isProcess(endpoint: Endpoint): boolean {
    const process = this.#processes.get(endpoint.peer);
    return process !== undefined && sameEndpoint(process, endpoint);
  }

  /** Something of the job is about to be kept there. */
  use(node: NodeId): void {
    this.#used.add(node);
  }

  /** Other arguments for the set-ups of a node, or of a server alone. */
  setArgs(at: NodeId | ServerId, args: readonly unknown[]): void {
    this.#args.set(at, args);
  }

  /**
   * Makes a server that has the job's code ready for its tasks.
   * @returns what failed by the fault of the set-up; @throws {SkeinError} what is no fault of it: a lost node
   */
  async prepare(lease: Lease<Run>): Promise<SetupFailure | undefined> {
    if (this.#done.has(lease)) return undefined;
    const { files } = this.#options;
    const serverSetup = this.#serverSetup;
    const { peer: node } = lease.server;
    try {
      if (files.any) {
        this.#used.add(node);
        try {
          await files.ensure(node);
        } catch (error) {
          // One that can't be read any more, or not be kept there: no other attempt ends better.
          if (FILE_ERRORS.some((code) => isSkeinError(error, code))) {
            return this.#failure({ at: node, io: false }, "a file", error);
          }
          throw error;
        }
      }
      const process = await this.#node(lease);
      if (serverSetup !== undefined) await this.#server(lease, serverSetup, process);
      this.#done.add(lease);
      return undefined;
    } catch (error) {
      if (error instanceof Failed) return error.failure;
      throw error;
    }
  }

  /** The server has, or gets, a fresh process. */
  forgetServer(lease: Lease<Run>): void {
    this.#done.delete(lease);
  }

  /** The node's set-up is run anew when a server there is made ready next, and its process ended, after `until`. */
  forget(node: NodeId, until: Promise<unknown>): void {
    this.#resets.set(node, this.#reset(node, Promise.all([until, this.#resets.get(node)])));
  }

  /** What was there is gone. */
  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const node of this.#used) {
      const process = this.#processes.get(node);
      const gone = matches({ peer: node, server: 0 });
      if (gone) {
        this.#options.files.forget(node);
        this.#used.delete(node);
      }
      if (gone || (process !== undefined && matches(process))) this.#lost(node);
    }
  }

  /** Tells the nodes that the job is over: its files and its processes there go. */
  async close(): Promise<void> {
    const { peer, job, files } = this.#options;
    files.close();
    const told = Array.from(this.#used, async (node) => {
      await peer.procedures.call({ peer: node, server: 0 }, "node.job.leave", { job }, { timeoutMs: GOODBYE_MS });
    });
    this.#used.clear();
    await Promise.allSettled(told); // a node that is gone keeps nothing: it hears that its client is
  }

  /** Tells one node that the job does without it. */
  leave(node: NodeId): void {
    const { peer, job, files } = this.#options;
    if (!this.#used.delete(node)) return;
    files.forget(node);
    this.#lost(node);
    peer.procedures.notify({ peer: node, server: 0 }, "node.job.leave", { job });
  }

  async #reset(node: NodeId, until: Promise<unknown>): Promise<void> {
    await until;
    this.#lost(node);
    try {
      this.#options.peer.procedures.notify({ peer: node, server: 0 }, "node.job.reset", { job: this.#options.job });
    } catch {
      // A link that takes nothing more is lost, and what was set up there with it.
    }
  }

  #lost(node: NodeId): void {
    this.#nodes.delete(node);
    this.#processes.delete(node);
    this.#options.nodes.nodeForgotten(node);
  }

  /** The node's process in which it was set up. */
  async #node(lease: Lease<Run>): Promise<Endpoint | undefined> {
    const nodeSetup = this.#nodeSetup;
    if (nodeSetup === undefined) return undefined;
    const { peer: node } = lease.server;
    await this.#resets.get(node);
    const known = this.#nodes.get(node);
    if (known !== undefined) return await known;
    const ready = this.#setUpNode(node, nodeSetup);
    this.#nodes.set(node, ready);
    void ready.then(undefined, (error: unknown) => {
      // What is the set-up's fault stays so; another try may do better where a connection was lost.
      if (!(error instanceof Failed) && this.#nodes.get(node) === ready) this.#nodes.delete(node);
    });
    return await ready;
  }

  async #setUpNode(node: NodeId, what: RunWhat): Promise<Endpoint> {
    const { peer, job, nodes } = this.#options;
    const { procedures } = peer;
    this.#used.add(node);
    const words = { job };
    const answer = await procedures.call({ peer: node, server: 0 }, "node.job.setup", words, { timeoutMs: Infinity });
    const { server, lease } = parseSetupProcess(answer);
    const process = { peer: node, server };
    this.#processes.set(node, process);
    const run = { lease, code: what.code, fn: what.fn, args: this.#argsOf(node) };
    await this.#run(process, { at: node, io: false }, "nodeSetup", run);
    nodes.nodeReady(node);
    return process;
  }

  async #server(lease: Lease<Run>, what: RunWhat, process: Endpoint | undefined): Promise<void> {
    const { server } = lease;
    const id = serverId(server.peer, server.server);
    await this.#run(server, { at: id, io: lease.kind === "io" }, "serverSetup", {
      lease: lease.id,
      code: what.code,
      fn: what.fn,
      args: this.#args.get(id) ?? this.#argsOf(server.peer),
      ...(process === undefined ? {} : { node: process.server }),
    });
  }

  #argsOf(node: NodeId): readonly unknown[] {
    return this.#args.get(node) ?? this.#options.args;
  }

  async #run(to: Endpoint, place: SetupPlace, which: string, words: SetupRun): Promise<void> {
    const { procedures } = this.#options.peer;
    let answer: unknown;
    try {
      answer = await procedures.call(to, "server.setup", words, { timeoutMs: Infinity });
    } catch (error) {
      if (isSkeinError(error, "PEER_LOST") || !(await this.#mayBeToBlame(to, place, words.lease, error))) throw error;
      throw new Failed(this.#failure(place, which, error));
    }
    const exit = parseSetupExit(answer);
    this.#deaths.delete(deathsKey(place));
    if (exit.type === "returned") return;
    throw new Failed(this.#failure(place, which, exit.type === "cancelled" ? exit.reason : exit.error));
  }

  /** One that ends its process again and again is not tried for ever; who else ends it is no fault of the set-up. */
  async #mayBeToBlame(to: Endpoint, place: SetupPlace, lease: LeaseId, error: unknown): Promise<boolean> {
    if (!isSkeinError(error, "SERVER_LOST") && !isSkeinError(error, "SERVER_OUT_OF_MEMORY")) return true;
    // Where a node was set up nothing else runs, and nobody else ends it; nor does anybody end an I/O server before its tasks.
    if (nodeOf(place.at) !== place.at && !place.io && !(await this.#died(to.peer, lease))) return false;
    const key = deathsKey(place);
    const deaths = (this.#deaths.get(key) ?? 0) + 1;
    this.#deaths.set(key, deaths);
    return deaths >= QUARANTINE_AFTER_SERVERS;
  }

  /** Whether the process of a lease ended by itself; its node may learn of that a moment after its link was closed. */
  async #died(peer: NodeId, lease: LeaseId): Promise<boolean> {
    const { procedures, runtime } = this.#options.peer;
    const node = { peer, server: 0 };
    for (let tries = 0; tries < DIED_TRIES; tries += 1) {
      const answer = await procedures.call(node, "node.check", { lease }, { timeoutMs: CALL_TIMEOUT_MS });
      const { standing, died } = answer as Checked; // by a node of ours
      if (!standing) return died === true;
      await new Promise<void>((resolve) => runtime.platform.startTimer(DIED_PAUSE_MS, resolve));
    }
    return false;
  }

  #failure({ at, io }: SetupPlace, which: string, thrown: unknown): SetupFailure {
    const { job, name, nodes } = this.#options;
    const cause = errorFrom(thrown);
    const [peer = "", server] = at.split("/");
    // A node's id, or the part of a server's that is one.
    const where = nodes.node(peer as NodeId)?.name ?? peer;
    const place = server === undefined ? where : `${where}/${server}`;
    const error = new SkeinError(
      "SETUP_FAILED",
      `${which} of job ${name || job} failed at ${place}: ${cause.message}`,
      {
        hint: "see the cause; the job does without that place, job.enable() lets it try again",
        cause,
      },
    );
    return { at, io, error };
  }
}

/** Each I/O server of a node has another number. */
const deathsKey = ({ at, io }: SetupPlace): string => (io ? `${nodeOf(at)}/io` : at);
