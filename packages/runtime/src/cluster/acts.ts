/** What people do to a cluster from outside its jobs, as methods: the console's and the command line's one way to act. */
import { type Endpoint, type Role } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { ACT_TIMEOUT_MS } from "../defaults.ts";
import { isSkeinError } from "../errors.ts";
import {
  type ChannelId,
  type CodeDigest,
  type JobId,
  type NodeId,
  type PeerId,
  type ServerId,
  type TaskId,
} from "../ids.ts";
import { type InviteInfo, type InviteList } from "../peer/invite-words.ts";
import { readInvite } from "../peer/membership.ts";
import { type InviteRequest } from "../peer/standing.ts";
import { op } from "../task/op.ts";
import { type PlaceAct } from "../wire/place-act.ts";
import { type SteerVerb } from "./scheduler-steering.ts";

export interface SteerOptions {
  /** How long tasks may take to stop, in milliseconds. Default: `stop` gives them 5 s, the others let them end. */
  readonly graceMs?: number;
}

export interface CancelActOptions {
  /** What those who wait for it are told. */
  readonly reason?: string;
}

/** What came of cancelling a job. */
export interface JobCancelled {
  /** Its client has taken it; else the job was closed without it. */
  readonly heard: boolean;
}

/** What came of cancelling tasks. */
export interface TasksCancelled {
  readonly cancelled: readonly TaskId[];
  /** Those that no job has (any more). */
  readonly unknown: readonly TaskId[];
}

/** Code for a task that runs: an export of a bundle. */
export interface UpgradeCode {
  readonly digest: CodeDigest;
  /** Name of the export. */
  readonly fn: string;
}

/** An invite that was made. */
export interface InviteMade {
  /** What others join by. */
  readonly text: string;
  readonly id: string;
  readonly roles: readonly Role[];
  readonly uses: number;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  /** The join page with it, where the cluster serves one and it is for tabs alone. */
  readonly link?: string;
}

/**
 * What may be done to a cluster. Each is checked by the scheduler against the caller's roles, and done when it resolves.
 * Operators may do everything; clients what concerns their own jobs: `steer` of a job, `cancelJob`, `cancelTasks`,
 * `setWeight`, `sendToTask`, `upgradeTask`. Everybody else is answered `ROLE_FORBIDS`. Each throws `TIMEOUT` and
 * `PEER_LOST` too.
 */
export interface ClusterActs {
  /**
   * Stops the cluster from beginning anything, or lets it go on. While it is stopped no job gets a server, those that
   * jobs hold are given back when what runs there has ended, and new jobs wait.
   */
  pauseIntake(on: boolean): Operation<void>;
  /** Takes a node, a server or a job out of service, or back. @throws {SkeinError} `NAME_UNKNOWN`, `JOB_CLOSED`, `OPTION_INVALID` */
  steer(verb: SteerVerb, at: NodeId | ServerId | JobId, options?: SteerOptions): Operation<void>;
  /** Ends a job with all its tasks. @throws {SkeinError} `JOB_CLOSED` */
  cancelJob(job: JobId, options?: CancelActOptions): Operation<JobCancelled>;
  /** Ends tasks, up to 1000 at once. Those that have ended already are no error. */
  cancelTasks(tasks: readonly TaskId[], options?: CancelActOptions): Operation<TasksCancelled>;
  /** Gives a job another share of the servers: 0.001 to 1000. @throws {SkeinError} `JOB_CLOSED`, `OPTION_INVALID` */
  setWeight(job: JobId, weight: number): Operation<void>;
  /** Sends to a job's task, up to 64 KiB. It is kept until the task runs. @throws {SkeinError} `TASK_UNKNOWN`, `MAILBOX_FULL`, `MESSAGE_TOO_LARGE` */
  sendToTask(task: TaskId, value: unknown): Operation<void>;
  /**
   * Gives a job's task that runs another function: the new code begins with the arguments the task was started with, and
   * its mailbox. Its node must have the bundle, or the job's client.
   * @throws {SkeinError} `TASK_UNKNOWN`, `CODE_UNKNOWN`; `UPGRADE_REFUSED` when the task keeps its code, or has no server yet; `TIMEOUT` when it
   *   waits for nothing in time, and so can't be given other code yet
   */
  upgradeTask(task: TaskId, code: UpgradeCode): Operation<void>;
  /**
   * Ends a supervisor's child there and starts it again, with those that its strategy restarts with it. It does not count
   * against the supervisor's intensity.
   * @throws {SkeinError} `TASK_UNKNOWN`, `NAME_UNKNOWN`
   */
  restartChild(at: Endpoint, supervisor: TaskId, child: string): Operation<void>;
  /** Ends a subscription of a channel there, by the subscriber's id as `channels` shows it. @throws {SkeinError} `NAME_UNKNOWN` */
  unsubscribe(at: Endpoint, channel: ChannelId, subscriber: string): Operation<void>;
  /**
   * Drops the connection of peer `at` with `peer`. Whoever of them needs it connects again at once, perhaps by another
   * way; sessions go on.
   * @throws {SkeinError} `PEER_UNREACHABLE`
   */
  disconnect(at: PeerId, peer: PeerId): Operation<void>;
  /**
   * The invites that were made; `invites.changed` among the cluster's events says when that has changed. This and what
   * follows is done by who holds the cluster's key: `ROLE_FORBIDS` where the scheduler does not.
   */
  invites(): Operation<InviteList>;
  /** Makes an invite. @throws {SkeinError} `OPTION_INVALID` */
  invite(request: InviteRequest): Operation<InviteMade>;
  /** Sends a peer away for good, or ends an invite (by its id or text) with all who joined by it. @throws {SkeinError} `OPTION_INVALID` */
  revoke(target: string): Operation<void>;
}

/** All that these acts call at the scheduler's peer, for who passes them on. */
export const ACT_PROCEDURES: readonly string[] = [
  "scheduler.intake",
  "scheduler.steer",
  "scheduler.cancel",
  "scheduler.weight",
  "scheduler.task.send",
  "scheduler.task.upgrade",
  "scheduler.place.act",
  "peer.invites",
  "peer.invite",
  "peer.revoke",
  "up.join",
];

const CANCEL_REASON = "it was cancelled from outside";

/**
 * Acts on the cluster of `scheduler`, speaking through `procedures` of a peer that is connected to it.
 *
 * @example
 * const acts = clusterActs(peer.procedures, { peer: scheduler.peer, server: 0 });
 * await acts.setWeight(job.id, 3);
 */
export function clusterActs(procedures: Procedures, scheduler: Endpoint): ClusterActs {
  const call = (name: string, words: unknown): Operation<unknown> =>
    procedures.call(scheduler, name, words, { timeoutMs: ACT_TIMEOUT_MS });
  // What these are answered with is of no interest.
  const act = (name: string, words: unknown): Operation<void> => call(`scheduler.${name}`, words) as Operation<void>;
  const place = (words: PlaceAct): Operation<void> => act("place.act", words);
  // Answered by a scheduler of ours, which the handshake has proven.
  const answered = <T>(name: string, words: unknown): Operation<T> => call(name, words) as Operation<T>;
  return {
    pauseIntake: (on) => act("intake", { open: !on }),
    steer: (verb, at, { graceMs } = {}) => act("steer", { verb, at, ...(graceMs === undefined ? {} : { graceMs }) }),
    cancelJob: (job, { reason = CANCEL_REASON } = {}) => answered("scheduler.cancel", { job, reason }),
    cancelTasks: (tasks, { reason = CANCEL_REASON } = {}) => answered("scheduler.cancel", { tasks, reason }),
    setWeight: (job, weight) => act("weight", { job, weight }),
    sendToTask: (task, value) => act("task.send", { task, value }),
    upgradeTask: (task, { digest, fn }) => act("task.upgrade", { task, digest, fn }),
    restartChild: (at, supervisor, child) => place({ type: "restart-child", at, supervisor, child }),
    unsubscribe: (at, channel, subscriber) => place({ type: "unsubscribe", at, channel, subscriber }),
    disconnect: (at, peer) => place({ type: "disconnect", at: { peer: at, server: 0 }, peer }),
    invites: () =>
      op(function* () {
        const list = yield* answered<InviteList>("peer.invites", undefined);
        const linked = ({ roles, text }: InviteInfo): boolean => text !== undefined && isForTabs(roles);
        const page = list.invites.some(linked) ? yield* tabLink(procedures, scheduler, "") : undefined;
        if (page === undefined) return list;
        return {
          ...list,
          invites: list.invites.map((one) => (linked(one) ? { ...one, link: `${page}${one.text}` } : one)),
        };
      }),
    invite: (request) =>
      op(function* () {
        const text = String(yield* call("peer.invite", request));
        const { id, roles, uses, expiresMs } = readInvite(text);
        const link = isForTabs(roles) ? yield* tabLink(procedures, scheduler, text) : undefined;
        return { text, id, roles, uses, expiresMs, ...(link === undefined ? {} : { link }) };
      }),
    revoke: (target) =>
      op(function* () {
        yield* call("peer.revoke", target);
      }),
  };
}

/**
 * The link of the join page that the scheduler's `skein up` serves, for this invite; `undefined` where it serves none.
 * Who has no such link gives the invite to a page of his own.
 */
export function tabLink(procedures: Procedures, scheduler: Endpoint, invite: string): Operation<string | undefined> {
  return op(function* () {
    try {
      const page = yield* procedures.call(scheduler, "up.join", undefined, { timeoutMs: ACT_TIMEOUT_MS });
      return typeof page === "string" ? `${page}#${invite}` : undefined;
    } catch (error) {
      if (isSkeinError(error, "TASK_CANCELLED")) throw error;
      return undefined; // who schedules there is no skein up
    }
  });
}

/** Whether an invite makes tabs of those who redeem it, and nothing else. */
export const isForTabs = (roles: readonly Role[]): boolean => roles.length === 1 && roles[0] === "tab";
