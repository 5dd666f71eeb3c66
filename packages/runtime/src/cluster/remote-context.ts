/** What a task finds in its context when it runs in a server process. */
import { type Location } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type PeerId } from "../ids.ts";
import { type FileSent, type SendFileOptions } from "../peer/files.ts";
import { type NamedBytes } from "../peer/files-source.ts";
import { type Peer } from "../peer/peer-host.ts";
import { type TaskContext } from "../task/context.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type NodeInfo, type ServerInfo } from "./contracts.ts";
import { type TaskIo } from "./task-io.ts";

/** The peer of its node, as far as a server process may use it. */
export type TaskPeer = Pick<
  Peer,
  "id" | "name" | "location" | "register" | "unregister" | "locate" | "sendFile" | "removeFile"
>;

export interface CloseServerOptions {
  /** Whether the job goes on with a fresh process there. Default false: it does without that server from then on. */
  readonly restart?: boolean;
  /** Whether what runs there, this task too, is cancelled. Default false: it may end. */
  readonly cancel?: boolean;
}

/** What `nodeSetup` and `serverSetup` get, and every task has besides. */
export interface SetupContext<M = never> extends TaskContext<M> {
  /** The machine it runs on. */
  readonly node: NodeInfo;
  readonly server: ServerInfo;
  /** Names and files of other peers. */
  readonly peer: TaskPeer;
  /**
   * Path of the folder with the job's files at this node. What `nodeSetup` writes there, the job's other processes at the
   * node find in theirs.
   */
  readonly files: string;
  /** Path of the process's own folder, its working directory; it is removed with the process. */
  readonly scratch: string;
  /**
   * Sends a file of this process to a peer, mostly home: to the place of a task's reference, a location or an id. A relative
   * path begins at `scratch`. Acts at once.
   *
   * @throws {SkeinError} as {@link Peer.sendFile}; `ABILITY_NOT_GRANTED` when that peer takes no files: a client does that
   *   connected with `files: "folder"`
   * @example
   * yield* task.sendFile(task.client, "result.csv", { to: "results" });
   */
  sendFile(
    to: Location | PeerId | Pick<TaskRef, "location">,
    file: string | NamedBytes,
    options?: SendFileOptions,
  ): Operation<FileSent>;
}

/**
 * The context of a task that a client runs on a server, besides what every task has.
 *
 * @typeParam M the messages it receives
 * @typeParam S the state it needs: what the job's `serverSetup` returned
 * @typeParam E the values it emits, for `job.stream`
 */
export interface RemoteTaskContext<M = never, S = unknown, E = never> extends SetupContext<M> {
  /** The task that `openJob` or `run` named as `client`: for messages home. */
  readonly client: TaskRef<unknown>;
  /** What `serverSetup` returned in this process; tasks that run here one after the other share it. */
  readonly state: S;
  /**
   * Gives `value` to the reader of `job.stream`, and waits while it has 256 that it has not taken. Started by `run`, it does
   * nothing.
   * @throws {SkeinError} `CHANNEL_CLOSED` when its reader has left, `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`, `PEER_LOST`
   */
  readonly emit: (value: E) => Operation<void>;
  /**
   * What the page it runs in does for it, where the tab's owner has granted that by name.
   *
   * Its operations throw `ABILITY_NOT_GRANTED` for what was not granted, and `ABILITY_UNAVAILABLE` for what this browser or
   * an insecure context can't do, and at servers that are not in tabs.
   */
  readonly io: TaskIo;
  /** Has the job close this server, or give it a fresh process; done when the client has taken it. Acts at once. */
  closeServer(options?: CloseServerOptions): Operation<void>;
  /** Has the job do without this node from now on; its set-up process ends too. Acts at once. */
  closeNode(options?: Pick<CloseServerOptions, "cancel">): Operation<void>;
}
