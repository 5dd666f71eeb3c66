/** Ids: branded strings with a visible prefix, made and checked in one place. */
export type TaskId = string & { readonly __brand: "TaskId" };
export type ChannelId = string & { readonly __brand: "ChannelId" };
/** A service of one process. */
export type ServiceId = string & { readonly __brand: "ServiceId" };
export type JobId = string & { readonly __brand: "JobId" };
export type LeaseId = string & { readonly __brand: "LeaseId" };
/** SHA-256 of a code bundle, as 64 hexadecimal digits. */
export type CodeDigest = string & { readonly __brand: "CodeDigest" };
/** A libp2p PeerId in its usual text form (base58, `12D3Koo…` for Ed25519 keys). */
export type PeerId = string & { readonly __brand: "PeerId" };
/** A machine or tab: its PeerId. */
export type NodeId = PeerId;
/** An execution lane of a node: `PeerId/n`, n from 1. */
export type ServerId = string & { readonly __brand: "ServerId" };
/** Public key of a cluster, as 64 hexadecimal digits. */
export type ClusterId = string & { readonly __brand: "ClusterId" };

/** Characters after the prefix of a task, channel, job or lease id. */
const ID_LENGTH = 26;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** `count` random characters of 0-9a-z (36 symbols, 5.17 bits each), from `random` bytes below 252 so that none is favoured. */
export function randomText(count: number, randomBytes: (count: number) => Uint8Array): string {
  let text = "";
  while (text.length < count) {
    for (const byte of randomBytes(count - text.length)) {
      if (byte < 252) text += DIGITS.charAt(byte % 36);
    }
  }
  return text;
}

const idPattern = (prefix: string): RegExp => new RegExp(`^${prefix}_[0-9a-z]{${ID_LENGTH}}$`);
const TASK = idPattern("t");
const CHANNEL = idPattern("c");
const SERVICE = idPattern("s");
const JOB = idPattern("j");
const LEASE = idPattern("l");

export const isTaskId = (value: unknown): value is TaskId => typeof value === "string" && TASK.test(value);
export const isChannelId = (value: unknown): value is ChannelId => typeof value === "string" && CHANNEL.test(value);
export const isServiceId = (value: unknown): value is ServiceId => typeof value === "string" && SERVICE.test(value);
export const isJobId = (value: unknown): value is JobId => typeof value === "string" && JOB.test(value);
export const isLeaseId = (value: unknown): value is LeaseId => typeof value === "string" && LEASE.test(value);
export const isCodeDigest = (value: unknown): value is CodeDigest =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
/** A first check of the form only; whether a peer holds the key is Noise's to prove. */
export const isPeerId = (value: unknown): value is PeerId =>
  typeof value === "string" && /^[1-9A-HJ-NP-Za-km-z]{20,64}$/.test(value);
export const isClusterId = (value: unknown): value is ClusterId =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

type RandomBytes = (count: number) => Uint8Array;
// The guards above accept exactly these forms, so the casts hold.
export const newJobId = (randomBytes: RandomBytes): JobId => `j_${randomText(ID_LENGTH, randomBytes)}` as JobId;
export const newTaskId = (randomBytes: RandomBytes): TaskId => `t_${randomText(ID_LENGTH, randomBytes)}` as TaskId;

export const serverId = (peer: PeerId, server: number): ServerId => `${peer}/${server}` as ServerId;

/** Takes `PeerId/n` apart; `undefined` when it is no server id. */
export function parseServerId(id: string): { readonly peer: PeerId; readonly server: number } | undefined {
  const [peer, number, ...rest] = id.split("/");
  if (rest.length > 0 || !isPeerId(peer) || number === undefined || !/^[1-9]\d{0,5}$/.test(number)) return undefined;
  return { peer, server: Number(number) };
}
