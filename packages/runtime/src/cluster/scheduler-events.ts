/** What the scheduler's core is told. Data only. */
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type EventError, type JobCounters, type ServerCounters } from "./events.ts";
import { type JobPlaces } from "./job-places.ts";
import { type Steer } from "./scheduler-steering.ts";

/** Tells the scheduler's core what happened. */
export type SchedulerEvent =
  | {
      readonly type: "node.joined";
      readonly node: NodeInfo;
      readonly lanes: readonly LaneReport[];
      /** Default false. */
      readonly holding?: boolean;
    }
  /** The node takes no new work, or does again; what operators ordered stands beside that. */
  | { readonly type: "node.holds"; readonly node: NodeId; readonly on: boolean }
  | { readonly type: "node.left"; readonly node: NodeId }
  | { readonly type: "node.lost"; readonly node: NodeId; readonly error: EventError }
  | {
      readonly type: "node.reported";
      readonly node: NodeId;
      readonly load: NodeInfo["load"];
      readonly servers: readonly ServerCounters[];
    }
  | { readonly type: "server.ready"; readonly node: NodeId; readonly server: number }
  | {
      readonly type: "server.lost";
      readonly node: NodeId;
      readonly server: number;
      readonly error: EventError;
      /** Its job wants none of that node for so long. */
      readonly pauseMs?: number;
    }
  /** Its node wants it back from the job that holds it; what runs there may end. */
  | { readonly type: "server.reclaimed"; readonly node: NodeId; readonly server: number }
  | { readonly type: "lease.assigned"; readonly lease: LeaseId }
  | { readonly type: "lease.refused"; readonly lease: LeaseId; readonly error: EventError }
  /** The client gives it back; `unreachable`: it could not reach the node. */
  | { readonly type: "lease.released"; readonly lease: LeaseId; readonly unreachable: boolean; readonly park?: boolean }
  | {
      readonly type: "job.opened";
      readonly job: JobId;
      readonly name: string;
      readonly client: string;
      readonly weight: number;
      /** Default 0. */
      readonly priority?: number;
      readonly exclusive?: boolean;
      /** Default {@link EXCLUSIVE_IDLE_MS}. */
      readonly idleMs?: number;
      /** It has rules: its default wants have no place before the client has said where. */
      readonly ruled?: boolean;
      /** Where an earlier scheduler parked processes of it. */
      readonly parkedAt?: readonly NodeId[];
      readonly counters: JobCounters;
      /** Default: everywhere. */
      readonly places?: JobPlaces;
      /** Leases the client holds from an earlier connection or an earlier scheduler. */
      readonly leases: readonly LeaseId[];
    }
  | { readonly type: "job.demand"; readonly job: JobId; readonly wants: readonly WantDemand[] }
  /** A node has come: how much of it each want may have. */
  | {
      readonly type: "job.node";
      readonly job: JobId;
      readonly node: NodeId;
      readonly limits: readonly { readonly want: number; readonly servers: number }[];
    }
  /** The client uses the lease for another want. */
  | { readonly type: "lease.moved"; readonly lease: LeaseId; readonly want: number }
  /** Where the job may have servers, all of it. */
  | { readonly type: "job.places"; readonly job: JobId; readonly places: JobPlaces }
  | { readonly type: "job.reported"; readonly job: JobId; readonly counters: JobCounters }
  | { readonly type: "job.closed"; readonly job: JobId }
  /** By an operator. */
  | { readonly type: "steer"; readonly steer: Steer }
  /** By an operator: jobs get servers, or none. */
  | { readonly type: "intake"; readonly open: boolean }
  /** By an operator, or the job's client. */
  | { readonly type: "job.weighed"; readonly job: JobId; readonly weight: number }
  | { readonly type: "node.suspected"; readonly node: NodeId; readonly suspected: boolean }
  | { readonly type: "client.suspected"; readonly client: string; readonly suspected: boolean }
  /** Its connection is gone; `forGood`: it is no member any more, and won't come back. */
  | { readonly type: "client.lost"; readonly client: string; readonly forGood: boolean }
  | { readonly type: "tick" };

/** How a lane stands, as its node says when it joins. */
export interface LaneReport {
  readonly server: number;
  readonly kind: "cpu" | "io";
  readonly state: "starting" | "ready" | "assigned";
  readonly lease?: {
    readonly id: LeaseId;
    readonly job: JobId;
    readonly client: string;
  };
}

/** What a client says of a want: how many servers it could use and, the first time or when it has changed, where. */
export interface WantDemand {
  readonly want: number;
  readonly slots: number;
  readonly place?: WantPlaceWords;
}

export interface WantPlaceWords {
  readonly kind: "cpu" | "io";
  readonly nodes?: readonly NodeLimit[];
  readonly server?: number;
  readonly memoryBytes?: number;
  readonly text: string;
  /** Why none of the nodes that were there when this was said will do. */
  readonly lack?: string;
}

/** So many CPU servers of that node the job may have; 0: none. */
export interface NodeLimit {
  readonly node: NodeId;
  readonly servers: number;
}
