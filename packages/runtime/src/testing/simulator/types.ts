/** What programs see of a simulation. */
import type { Client } from "../../cluster/client.ts";
import type { Role } from "../../contracts/endpoint.ts";
import type { Exit } from "../../contracts/exit.ts";
import type { Operation } from "../../contracts/operation.ts";
import type { PeerHost, PeerOptions } from "../../peer/peer-host.ts";
import type { TaskContext } from "../../task/context.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import type { Result } from "../../task/types.ts";
import type { CodeTable } from "../code-tables.ts";
import type { SimulatedNetwork } from "./network-model.ts";
import type { TraceSink } from "./trace.ts";

/** What a peer runs once it has joined, and again after each restart. */
export type PeerProgram<M = unknown> = (task: TaskContext<M>, peer: PeerHost) => unknown;

/** A peer that is more than its program. */
export interface SimulatedPeerOptions<M = unknown> {
  readonly run?: PeerProgram<M>;
  /** Default `["client", "node", "peer"]`; the first peer holds the cluster's key and every role but "tab" and "viewer". */
  readonly roles?: readonly Role[];
  /** CPU servers for the jobs of clients: then it is a node. Default none. */
  readonly servers?: number;
  /** A browser tab: a node also without CPU servers, with the role "tab" alone unless others are given. Default false. */
  readonly tab?: boolean;
  /** How much faster its clock runs than the world's: 0.0001 is 100 millionths. Default 0. */
  readonly clockDriftShare?: number;
  /** More for its start, as `createPeer` takes it. */
  readonly options?: Omit<PeerOptions, "name" | "invite" | "listen" | "store" | "runtime" | "network">;
}

/** `M` holds the type of the messages of each peer's program, by its name. */
export interface SimulateOptions<M extends Readonly<Record<string, unknown>> = Readonly<Record<string, unknown>>> {
  /** A whole number: the same one gives the same run again. */
  readonly seed: number;
  /** By name, what each peer runs. The first one owns the cluster; where a peer has servers, it is the scheduler too. */
  readonly peers: { readonly [Name in keyof M]: PeerProgram<M[Name]> | SimulatedPeerOptions<M[Name]> };
  readonly network?: SimulatedNetwork;
  /** Virtual milliseconds the whole run may take. Default one day. */
  readonly limitMs?: number;
  /** Events the whole run may take. Default 20 million. */
  readonly limitEvents?: number;
  /** Gets each line of the trace as it happens. */
  readonly onTrace?: TraceSink;
}

/** A task of a simulated peer, as the script of the simulation has it. */
export interface SimulatedTask<R, M = never> extends Operation<R> {
  readonly ref: TaskRef<M>;
  /** Waits for its end, however it ends; `lost` when its peer crashed. */
  exit(): Operation<Exit<R>>;
  cancel(reason?: unknown): Operation<void>;
}

export interface SimulatedPeer {
  readonly name: string;
  /** False while it is crashed. */
  readonly running: boolean;
  /** The peer as it is since its last start. @throws {SkeinError} `PEER_LOST` while it is crashed */
  readonly peer: PeerHost;
  /** A client of the cluster that speaks through this peer. Needs a peer with servers. */
  readonly client: Client<PeerHost>;
  /** Starts a task in the peer's runtime. */
  spawn<A extends readonly unknown[], B, M = never>(
    fn: (task: TaskContext<M>, ...args: A) => B,
    ...args: A extends readonly [] ? [args?: readonly []] : [args: A]
  ): SimulatedTask<Result<B>, M>;
}

export interface CrashOptions {
  /** Whether identity and certificate are there after the restart. Default true. */
  readonly keepDisk?: boolean;
  /** Without power: nobody is there to tell the others that their connections have ended. Default false. */
  readonly silent?: boolean;
}

export interface LeaveOptions {
  /** The share of its last words that leaves it before it is gone, 0 to 1. Default 1. */
  readonly heardShare?: number;
  /** Nobody tells the others that its connections have ended. Default false. */
  readonly silent?: boolean;
}

/** The simulated world: its peers, its time, and what goes wrong in it. */
export interface World {
  readonly seed: number;
  /** Virtual milliseconds since the simulation began. */
  now(): number;
  /** The next random number of the seed, 0 ≤ x < 1. */
  random(): number;
  /** @throws {SkeinError} `OPTION_INVALID` for a name that no peer has */
  peer(name: string): SimulatedPeer;
  /** Lets so much virtual time go by. */
  advance(ms: number): Operation<void>;
  /** Lets time go by until `condition` holds; it is looked at every 10 ms. @throws {SkeinError} `TIMEOUT` */
  until(condition: () => boolean, options?: { readonly timeoutMs?: number }): Operation<void>;
  /** Ends a peer and its server processes at once: no `finally`, no goodbye. */
  crash(name: string, options?: CrashOptions): void;
  /** The page of a tab is left: it has one turn to hand back its work and say goodbye, and is gone. */
  leave(name: string, options?: LeaveOptions): void;
  /** Starts a crashed peer again; done when it has joined. */
  restart(name: string): Operation<void>;
  /** Lets nothing through from one peer to the other, and unless `oneWay` nothing back. What is sent waits. */
  partition(a: string, b: string, options?: { readonly oneWay?: boolean }): void;
  /** Ends the partitions between two peers, of one peer, or all of them. */
  heal(a?: string, b?: string): void;
  /** Breaks the connections between two peers; with `oneEnd` only `a` notices at once. */
  cut(a: string, b: string, options?: { readonly oneEnd?: boolean }): void;
  /** Stops a peer where it stands, with its server processes; what comes to it waits. */
  freeze(name: string): void;
  thaw(name: string): void;
  /** Sets a peer's wall clock forward, or back by a negative number. */
  jumpClock(name: string, ms: number): void;
  /** Changes latency and loss between two peers, both ways. */
  shape(a: string, b: string, network: Pick<SimulatedNetwork, "latencyMs" | "lossShare">): void;
  /** Ends a server process of a node, as if it had died. */
  killServer(name: string, server: number): void;
  /**
   * Makes a module of these functions for `client.openJob({ modules })` and `job.module`. `costMs` says how long each
   * one computes.
   */
  module(name: string, table: CodeTable, costMs?: Readonly<Record<string, number>>): URL;
  /** In code of a peer: its processor computes for so long. */
  compute(ms: number): void;
  /** Errors that nobody handled so far. Those still in the list when the script ends make the simulation fail. */
  readonly unhandled: { readonly peer: string; readonly error: unknown }[];
  /** What happened: `digest` is the same for the same run. */
  readonly trace: {
    readonly digest: string;
    readonly length: number;
    tail(count?: number): readonly string[];
  };
}
