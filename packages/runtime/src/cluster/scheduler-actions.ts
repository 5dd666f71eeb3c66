/** What the scheduler's core asks its shell to do. */
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type ServerInfo } from "./contracts.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";

export type SchedulerAction =
  /** Tell the node; answer with `lease.assigned` or `lease.refused`. */
  | {
      readonly type: "assign";
      readonly lease: LeaseId;
      readonly kind: "cpu" | "io";
      readonly job: JobId;
      readonly client: string;
      readonly node: NodeId;
      readonly server: number;
    }
  /** Tell the client that it may use the lease. */
  | {
      readonly type: "grant";
      readonly lease: LeaseId;
      /** The want that it is for. */
      readonly want: number;
      readonly kind: "cpu" | "io";
      readonly job: JobId;
      readonly client: string;
      readonly node: NodeId;
      readonly server: number;
    }
  /** Ask the client to give one lease of the job back, the one that is free first. */
  | { readonly type: "revoke"; readonly job: JobId; readonly client: string }
  /** Ask the client to give this lease back: what runs there ends first, or is cancelled within the grace. */
  | {
      readonly type: "reclaim";
      readonly lease: LeaseId;
      readonly job: JobId;
      readonly client: string;
      readonly graceMs?: number;
    }
  /** Tell the node to give a server that nobody has a fresh process. */
  | { readonly type: "renew"; readonly node: NodeId; readonly server: number }
  /** Tell the node to end what it keeps for jobs' next turns at that server, or at all of them. */
  | { readonly type: "unpark"; readonly node: NodeId; readonly server?: number }
  /** Tell the node that the lease is over: a fresh process, please. */
  | {
      readonly type: "unassign";
      readonly lease: LeaseId;
      readonly node: NodeId;
      readonly server: number;
      /** Its process is kept: the job may get the server again. */
      readonly park?: boolean;
    }
  /** Tell the client that its job has another weight, which it names when it opens the job again. */
  | { readonly type: "weigh"; readonly job: JobId; readonly client: string; readonly weight: number }
  /** Tell a node that may keep processes of the job that it is over. */
  | { readonly type: "over"; readonly job: JobId; readonly node: NodeId }
  /** Tell the client that a lease is gone. */
  | {
      readonly type: "lost";
      readonly lease: LeaseId;
      readonly job: JobId;
      readonly client: string;
      readonly error: EventError;
    }
  /** Tell the client that a server which its job held when it ended has a fresh process. */
  | { readonly type: "replaced"; readonly job: JobId; readonly client: string; readonly server: ServerInfo }
  /** What operators have ordered is to be kept for the schedulers to come. */
  | { readonly type: "keep" }
  | { readonly type: "event"; readonly event: ClusterEventBody };
