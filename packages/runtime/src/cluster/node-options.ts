/** What a node is given, and what it can be told and asked. */
import { type Location } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type NodeId, type PeerId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type CodeStore, type JobFolders, type NodeAbout, type NodeLoad, type ServerHost } from "./contracts.ts";
import { type ServerCounters } from "./events.ts";
import { type LaneState } from "./lane.ts";

export interface NodeOptions {
  readonly scheduler: Location;
  readonly host: ServerHost;
  readonly code: CodeStore;
  /** Where files of jobs are kept. Default: nowhere, jobs with files are refused. */
  readonly folders?: JobFolders;
  readonly name: string;
  /** As in NodeInfo: "linux-x64". */
  readonly platform: string;
  /** Default "node". */
  readonly kind?: "node" | "tab";
  readonly labels?: Readonly<Record<string, string>>;
  /** What it says of itself beside the version of skein. */
  readonly about?: Omit<NodeAbout, "skein">;
  /** Reads the machine's free capacity; called every second. */
  readonly load: () => NodeLoad;
  readonly logger?: Logger;
  /** Whether a client is of this node's own user: his code runs as he wishes, by default `trusted`. Default: nobody is. */
  readonly isOwner?: (client: PeerId) => boolean;
  /** So many clients are served, then no other. Default: any number. */
  readonly maxClients?: number;
  /** A server that a job holds and has not used for this long is asked back, in milliseconds. Default: what the scheduler says, else never. */
  readonly zombieMs?: number;
  /** Called once the last of `maxClients` has closed its jobs. */
  readonly onServed?: () => void;
  /** The scheduler was lost; what is held stays held, and the node looks for it again unless it is told to follow another. */
  readonly onSchedulerLost?: (error: Error) => void;
}

/** How a node stands, for people. */
export interface NodeStanding {
  readonly scheduler: Location;
  /** Whether the scheduler knows this node now. */
  readonly known: boolean;
  /** Whether it takes no new work. */
  readonly holding: boolean;
  readonly load: NodeLoad;
  readonly servers: readonly NodeServerStanding[];
}

/** One server of a node, as the node sees it. */
export interface NodeServerStanding extends ServerCounters {
  readonly kind: "cpu" | "io";
  readonly state: LaneState;
  /** Whose job has it. */
  readonly client?: PeerId;
}

export interface Node {
  readonly id: NodeId;
  standing(): NodeStanding;
  /** Offers the servers to another scheduler from now on; what jobs hold is told to it. */
  follow(scheduler: Location): void;
  /** With true it takes no new work, and asks for its servers back: what runs may end. With false it takes work again. */
  hold(on: boolean): void;
  /**
   * Has so many CPU servers from now on. Of those that go, what runs may end for `graceMs` (default 5 s), then it is lost;
   * meanwhile the node takes no new work. Acts at once.
   */
  resize(servers: number, graceMs?: number): Operation<void>;
  /** Says goodbye to the scheduler and ends every server process. Acts at once; twice does nothing more. */
  close(): Operation<void>;
}
