/** What a task finds in its context when it runs in a server process. */
import { type TaskContext } from "../task/context.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type NodeInfo, type ServerInfo } from "./contracts.ts";

/** The context of a task that a client runs on a server, besides what every task has. */
export interface RemoteTaskContext<M = never> extends TaskContext<M> {
  /** The task that `openJob` or `run` named as `client`: for messages home. */
  readonly client: TaskRef<unknown>;
  /** The machine it runs on. */
  readonly node: NodeInfo;
  readonly server: ServerInfo;
}
