/** What a place (a peer, or a server behind one) shows of itself while somebody looks: no events, never numbered, not kept. */
import { type Endpoint, type Role } from "../contracts/endpoint.ts";
import { type Strategy } from "../fault/restart.ts";
import { type ChannelId, type CodeDigest, type JobId, type ServiceId, type TaskId } from "../ids.ts";
import { type LogLevel } from "../logger.ts";
import { type LinkInfo } from "../peer/traffic.ts";
import { type LogLine } from "../task/log-book.ts";
import { type TaskState } from "../task/types.ts";

/** What can be looked at. `task:` names one task; `logs:` the log lines of that level and worse. */
export type Topic = "links" | "channels" | "supervision" | "code" | `logs:${LogLevel}` | `task:${TaskId}`;

/**
 * The whole present state of one place for one topic, in place of the one before it; sent when it has changed, at most
 * once a second. `gone`: the place shows nothing of that topic any more, or there is no such place. What is too long is
 * cut, and `more` says how many entries are missing.
 */
export type Observed =
  | ObservedLinks
  | ObservedChannels
  | ObservedSupervision
  | ObservedCode
  | ObservedLogs
  | ObservedTask
  | ObservedGone;

interface OfPlace {
  /** `server` 0: the peer's own process. */
  readonly at: Endpoint;
  /** Milliseconds since 1970 by the place's clock. */
  readonly timeMs: number;
  /** Entries that were left out. */
  readonly more?: number;
  readonly gone?: never;
}

export interface ObservedGone extends Omit<OfPlace, "gone"> {
  readonly topic: Topic;
  readonly gone: true;
}

export interface ObservedLinks extends OfPlace {
  readonly topic: "links";
  /** What it calls itself. */
  readonly name: string;
  readonly role: PlaceRole;
  readonly links: readonly LinkInfo[];
}

/** What a peer mainly is. */
export type PlaceRole = "scheduler" | "node" | "tab" | "client" | "peer";

export interface ObservedChannels extends OfPlace {
  readonly topic: "channels";
  /** Channels made there that have been subscribed or shared, the busiest first. */
  readonly channels: readonly ChannelInfo[];
  /** Readers there of channels elsewhere: how far each is behind is known only there. */
  readonly readers: readonly ReaderInfo[];
}

/** Counts are totals since the channel was made, the values those that its transform let through. */
export interface ChannelInfo {
  readonly id: ChannelId;
  readonly name: string;
  readonly published: number;
  /** Values times subscribers that took them. */
  readonly delivered: number;
  /** The same of those that could not. */
  readonly dropped: number;
  /** Those furthest behind first. */
  readonly subscribers: readonly SubscriberInfo[];
  /** Subscribers that were left out. */
  readonly more?: number;
}

export interface SubscriberInfo {
  /** A task's or channel's id; of a reader of its own process a text that names it there. */
  readonly id: string;
  readonly kind: "task" | "channel" | "reader";
  /** Where it is. */
  readonly to: Endpoint;
  readonly name?: string;
  /** Values (of a task: messages) that it has not taken; absent for one elsewhere, see {@link ReaderInfo}. */
  readonly waiting?: number;
  /** Values that it could not take. */
  readonly dropped: number;
}

export interface ReaderInfo {
  /** As the channel's {@link SubscriberInfo} has it. */
  readonly id: string;
  readonly channel: ChannelId;
  readonly name: string;
  /** Where the channel is. */
  readonly of: Endpoint;
  readonly waiting: number;
}

export interface ObservedSupervision extends OfPlace {
  readonly topic: "supervision";
  /** Those above before those below. */
  readonly supervisors: readonly SupervisorInfo[];
}

export interface SupervisorInfo {
  readonly task: TaskId;
  readonly name: string;
  /** The supervisor above it. */
  readonly parent?: TaskId;
  readonly strategy: Strategy;
  /** More restarts than this within `withinMs`, and it gives up. */
  readonly intensity: { readonly restarts: number; readonly withinMs: number };
  /** Restarts that count against the intensity now. */
  readonly restartsWithin: number;
  readonly state: "running" | "stopping";
  /** In their order. */
  readonly children: readonly SupervisedInfo[];
  /** Children that were left out. */
  readonly more?: number;
}

export interface SupervisedInfo {
  readonly name: string;
  /** While it runs. */
  readonly task?: TaskId;
  /** Where that is, when it is another process. */
  readonly to?: Endpoint;
  /** `waiting`: it is started again after a pause; `ended`: not any more. */
  readonly state: "running" | "waiting" | "ended";
  /** How often it was started again. */
  readonly restarts: number;
  readonly restart: "always" | "on-failure" | "never";
  /** It is a supervisor itself: its task is one of {@link ObservedSupervision.supervisors}. */
  readonly supervisor?: true;
}

export interface ObservedCode extends OfPlace {
  readonly topic: "code";
  /** At a node what it keeps for its servers, at a server what it has imported, at a client what it has made. */
  readonly bundles: readonly BundleInfo[];
  readonly services: readonly ServiceInfo[];
  /** At a client: files of its jobs. Absent: none. */
  readonly files?: readonly JobFileInfo[];
}

/** A file that nodes of a job get from its client. */
export interface JobFileInfo {
  readonly job: JobId;
  /** Below the job's folder. */
  readonly path: string;
  readonly bytes: number;
  /** What both ends compare, as 64 hexadecimal digits, once it has been read whole: the SHA-256 of the SHA-256s of its MiBs. */
  readonly digest?: string;
  /** How many nodes have it. */
  readonly there: number;
  /** How many are being sent it now. */
  readonly sending: number;
}

export interface BundleInfo {
  readonly digest: CodeDigest;
  /** Absent where only what it exports is known. */
  readonly bytes?: number;
  /** Names it exports. Absent at a node, which never looks into it. */
  readonly exports?: readonly string[];
  /** At a client: what it was made of. */
  readonly name?: string;
  /** Jobs it is there for, where that is known. */
  readonly jobs: readonly JobId[];
  /** At a server. */
  readonly state?: "loading" | "loaded" | "failed";
}

export interface ServiceInfo {
  readonly id: ServiceId;
  readonly name: string;
  /** Who may call it; absent: every member but tabs. */
  readonly who?: readonly Role[];
  /** Calls since it was made, and those that run or wait now. */
  readonly calls: number;
  readonly running: number;
}

export interface ObservedLogs extends OfPlace {
  readonly topic: `logs:${LogLevel}`;
  /** The last lines, oldest first. `more` of them came since it was first looked at and are no longer kept. */
  readonly lines: readonly LogLine[];
}

export interface ObservedTask extends OfPlace {
  readonly topic: `task:${TaskId}`;
  readonly task: TaskDetail;
}

export interface TaskDetail extends TaskWord {
  /** What it waits for, in words. */
  readonly waitsFor?: string;
  readonly background?: true;
  /** The first messages in its mailbox as text, cut; for those who may see arguments. */
  readonly mailboxTexts?: readonly string[];
  /** Its parent, and that one's, up to the top. */
  readonly parents: readonly TaskWord[];
  readonly children: readonly TaskWord[];
  /** Children that were left out. */
  readonly moreChildren?: number;
  /** Of a task of a job: which attempt it is, and whose. */
  readonly attempt?: number;
  readonly job?: JobId;
  /** With `trace: true`: since when it does what it does, in milliseconds since 1970, and the time it computed. */
  readonly sinceMs?: number;
  readonly cpuMs?: number;
}

/** A task in a few words. */
export interface TaskWord {
  readonly id: TaskId;
  readonly name: string;
  readonly state: TaskState;
  /** Messages in its mailbox. */
  readonly mailbox: number;
}

/** What a place says of itself, before it says which place it is. */
export type Shown = Unplaced<Exclude<Observed, ObservedGone>>;
type Unplaced<T> = T extends unknown ? Omit<T, "at" | "timeMs" | "gone"> : never;
