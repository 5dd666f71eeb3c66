/** A want: tasks of a job that may run at the same places, as its client keeps them. */
import { type NodeId } from "../ids.ts";
import { type Deque } from "../deque.ts";
import { type Needs } from "./placement-rules.ts";
import { type Run } from "./run.ts";

/** Tasks that may run at the same places. */
export interface Want {
  /** Its number; 0 are CPU tasks that may run wherever the job may, 1 such I/O tasks. */
  readonly n: number;
  /** Of the servers it needs. */
  readonly kind: "cpu" | "io";
  /** I/O tasks that run beside the CPU tasks of one server. */
  readonly beside: boolean;
  /** They run at browser tabs only, or at nodes only. */
  readonly on: "tab" | "node" | undefined;
  readonly needs: Needs | undefined;
  /** The node, and the server there, that its tasks name. */
  readonly node: NodeId | undefined;
  readonly server: number | undefined;
  /** What it is found by; those of every job have none. */
  readonly key: string | undefined;
  /** For people. */
  readonly text: string;
  readonly queue: Deque<Run>;
  /** Its tasks that have not ended. */
  open: number;
  /** Servers the scheduler was told, and the most that was needed since the last look. */
  told: number;
  peak: number;
  /** Since when the node that its tasks name has not been there. */
  absentMs: number | undefined;
  /** About how many tasks in the queue have ended. */
  dead: number;
  /** The scheduler knows where. */
  placed: boolean;
  /** Nodes that will do, and how many of their servers; `undefined`: all. */
  limits: Map<NodeId, number> | undefined;
  /** Of I/O tasks: the tabs that are there and will do; they are spread over them. */
  readonly tabs: Set<NodeId>;
  /** Tabs whose servers were waited for in vain: they get tasks once they are ready, and nothing waits for them. */
  readonly late: Set<NodeId>;
  /** Why no node that is there will do, as the scheduler is told. */
  lack: string | undefined;
}
