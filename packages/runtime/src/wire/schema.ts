/** Narrows what a peer sent to our message types, at this one place. After it the shapes are certain; rights are not. */
import type { Labels } from "../contracts/endpoint.ts";
import * as z from "valibot";
import { CHANNEL_CHAIN_LIMIT, REVOCATIONS_LIMIT } from "../defaults.ts";
import type { RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import type { Exit } from "../contracts/exit.ts";
import type { ErrorCode } from "../errors.ts";
import {
  isChannelId,
  isPeerId,
  isServiceId,
  isTaskId,
  type ChannelId,
  type PeerId,
  type ServiceId,
  type TaskId,
} from "../ids.ts";
import { invalidFrame } from "./frames.ts";
import { fields, object, parseAs } from "./parse.ts";
import { ADDRESSES_LIMIT, LABELS_LIMIT, INVITE_ABOUT_LIMIT, NAME_LIMIT, TOKEN_LIMIT } from "./limits.ts";
import {
  Entry,
  type ControlMessage,
  type JoinAnswer,
  type JoinChallenge,
  type JoinHello,
  type JoinLook,
  type JoinLooked,
  type SessionWords,
  type JoinProof,
  type LocateRequest,
  type LostNotice,
  type RevocationNews,
  type WireEntry,
} from "./messages.ts";

const taskId = z.custom<TaskId>(isTaskId);
const channelId = z.custom<ChannelId>(isChannelId);
const serviceId = z.custom<ServiceId>(isServiceId);
const error = z.custom<Error>((value) => value instanceof Error);
const count = z.pipe(z.number(), z.safeInteger(), z.minValue(0));
const text = z.pipe(z.string(), z.maxLength(NAME_LIMIT));
const peerId = z.custom<PeerId>(isPeerId);
const ms = z.pipe(z.number(), z.finite(), z.minValue(0));

const exit: z.GenericSchema<unknown, Exit<unknown>> = z.variant("type", [
  object({ type: z.literal("returned"), value: z.unknown() }),
  object({ type: z.literal("failed"), error }),
  object({ type: z.literal("cancelled"), reason: z.unknown() }),
  object({ type: z.literal("lost"), error }),
]);

const message: z.GenericSchema<unknown, RuntimeMessage> = z.variant("type", [
  object({ type: z.literal("task.send"), task: taskId, value: z.unknown() }),
  object({ type: z.literal("task.wake"), task: taskId, value: z.unknown() }),
  object({ type: z.literal("task.interrupt"), task: taskId, error: z.unknown() }),
  object({ type: z.literal("task.exited"), monitor: count, exit }),
  object({ type: z.literal("task.room"), task: taskId, room: z.boolean() }),
  object({ type: z.literal("task.unmonitor"), task: taskId, monitor: count }),
  object({ type: z.literal("channel.publish"), channel: channelId, value: z.unknown() }),
  object({ type: z.literal("channel.unsubscribe"), channel: channelId, target: z.unknown() }),
  object({ type: z.literal("channel.gone"), channel: channelId }),
  object({ type: z.literal("channel.room"), channel: channelId, reader: channelId, room: z.boolean() }),
  object({ type: z.literal("channel.closed"), channel: channelId }),
]);

const request: z.GenericSchema<unknown, RuntimeRequest> = z.variant("type", [
  object({ type: z.literal("task.deliver"), task: taskId, value: z.unknown() }),
  object({ type: z.literal("task.cancel"), task: taskId, reason: z.unknown(), graceMs: z.exactOptional(ms) }),
  object({ type: z.literal("task.upgrade"), task: taskId, service: z.unknown(), args: z.array(z.unknown()) }),
  object({ type: z.literal("task.exit"), task: taskId }),
  object({ type: z.literal("task.monitor"), task: taskId, monitor: count, ends: z.exactOptional(z.literal(true)) }),
  object({ type: z.literal("channel.subscribe"), channel: channelId, target: z.unknown() }),
  object({
    type: z.literal("channel.leads"),
    channel: channelId,
    to: channelId,
    seen: z.pipe(z.array(channelId), z.maxLength(CHANNEL_CHAIN_LIMIT)),
  }),
  object({ type: z.literal("channel.subscribers"), channel: channelId }),
  object({
    type: z.literal("channel.deliver"),
    channel: channelId,
    value: z.unknown(),
    subscribers: count,
    timeoutMs: z.exactOptional(ms),
  }),
  object({
    type: z.literal("service.start"),
    service: serviceId,
    task: taskId,
    args: z.array(z.unknown()),
    streams: z.boolean(),
  }),
  object({ type: z.literal("service.emit"), task: taskId, value: z.unknown() }),
  object({
    type: z.literal("name.lookup"),
    name: text,
    kind: z.exactOptional(z.picklist(["task", "channel", "service"])),
  }),
]);

const lost: z.GenericSchema<unknown, LostNotice> = object({
  peer: text,
  server: z.exactOptional(count),
  epoch: z.exactOptional(count),
  error,
});

const control: z.GenericSchema<unknown, ControlMessage> = z.variant("type", [
  object({ type: z.literal("beat"), ack: count }),
  object({ type: z.literal("lull"), ack: count, on: z.boolean() }),
  object({ type: z.literal("alive"), ack: count }),
  object({ type: z.literal("ack"), ack: count }),
  object({ type: z.literal("part"), ack: count }),
  object({ type: z.literal("stay"), ack: count }),
  object({
    type: z.literal("bye"),
    reason: text,
    idle: z.exactOptional(z.literal(true)),
    out: z.exactOptional(z.literal(true)),
  }),
]);

const token = z.pipe(z.string(), z.maxLength(TOKEN_LIMIT));
const addresses = z.pipe(z.array(z.pipe(z.string(), z.maxLength(NAME_LIMIT * 2))), z.maxLength(ADDRESSES_LIMIT));

const labels: z.GenericSchema<unknown, Labels> = fields(
  text,
  z.pipe(z.string(), z.maxLength(NAME_LIMIT)),
  LABELS_LIMIT,
);

/** Made-up numbers and proofs of the handshake. */
const bytes32 = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.byteLength === 32);

const look: z.GenericSchema<unknown, JoinLook> = object({ look: token });
const looked: z.GenericSchema<unknown, JoinLooked> = object({ left: count });
const challenge: z.GenericSchema<unknown, JoinChallenge> = object({ challenge: bytes32 });
const proof: z.GenericSchema<unknown, JoinProof> = object({ proof: bytes32 });

const session: z.GenericSchema<unknown, SessionWords> = object({
  own: text,
  other: z.exactOptional(text),
  received: count,
  alone: z.exactOptional(z.boolean()),
});

const hello: z.GenericSchema<unknown, JoinHello> = object({
  certificate: z.exactOptional(token),
  invite: z.exactOptional(token),
  nonce: z.exactOptional(bytes32),
  name: text,
  labels: z.exactOptional(labels),
  addresses,
  instance: text,
  session,
  invites: z.boolean(),
});

const joinAnswer: z.GenericSchema<unknown, JoinAnswer> = z.variant("ok", [
  object({
    ok: z.literal(true),
    certificate: token,
    proof: z.exactOptional(bytes32),
    granted: z.exactOptional(token),
    name: text,
    labels: z.exactOptional(labels),
    addresses,
    instance: text,
    session,
    invites: z.boolean(),
  }),
  object({
    ok: z.literal(false),
    // A code of another version is shown as it is; nothing branches on one it doesn't know.
    code: z.custom<ErrorCode>((value) => typeof value === "string" && /^[A-Z_]{3,40}$/.test(value)),
    message: z.pipe(z.string(), z.maxLength(1000)),
    hint: z.pipe(z.string(), z.maxLength(1000)),
    clockMs: z.exactOptional(ms),
  }),
]);

/**
 * One entry of a payload. The commonest (messages, deliveries, calls and their answers) are narrowed by hand, which
 * was measured at a tenth of the schema's time; the rest by the schema.
 *
 * @throws {SkeinError} `WIRE_INVALID`
 */
export function parseEntry(value: unknown): WireEntry {
  if (!Array.isArray(value)) throw invalidFrame("an entry is no array");
  const [kind, first, second, third] = value as readonly unknown[];
  switch (kind) {
    case Entry.sends:
      if (isTaskId(first) && Array.isArray(second)) return [kind, first, second];
      break;
    case Entry.publishes:
      if (isChannelId(first) && Array.isArray(second)) return [kind, first, second];
      break;
    case Entry.message:
      return [kind, parse(message, first)];
    case Entry.request:
      if (isNumber(first)) return [kind, first, isCommon(second) ? second : parse(request, second)];
      break;
    case Entry.answer:
      if (isNumber(first)) return [kind, first, second];
      break;
    case Entry.refusal:
      if (isNumber(first) && second instanceof Error) return [kind, first, second];
      break;
    case Entry.withdrawn:
      if (isNumber(first)) return [kind, first];
      break;
    case Entry.notify:
      if (isName(first)) return [kind, first, second];
      break;
    case Entry.call:
      if (isNumber(first) && isName(second)) return [kind, first, second, third];
      break;
    case Entry.bulk:
      if (isNumber(first) && isNumber(second)) return [kind, first, second];
      break;
    case Entry.bulkCall:
      if (isNumber(first) && isNumber(second) && isNumber(third)) return [kind, first, second, third];
      break;
    default:
  }
  // Text of what a peer sent is never made of objects: that may take for ever, or throw.
  throw invalidFrame(`an entry of kind ${typeof kind === "number" ? kind : typeof kind} is malformed`);
}

/** The number under which an entry waits for an answer, whatever else it holds. */
export function requestId(value: unknown): number | undefined {
  if (!Array.isArray(value)) throw invalidFrame("an entry is no array");
  const [kind, id, , call]: readonly unknown[] = value;
  if (kind === Entry.bulkCall) return isNumber(call) && call !== 0 ? call : undefined;
  return (kind === Entry.request || kind === Entry.call) && isNumber(id) ? id : undefined;
}

/** The number of the transfer whose place an entry keeps. */
export function bulkOf(value: unknown): number | undefined {
  if (!Array.isArray(value)) throw invalidFrame("an entry is no array");
  const [kind, id]: readonly unknown[] = value;
  return (kind === Entry.bulk || kind === Entry.bulkCall) && isNumber(id) ? id : undefined;
}

/** The number of the request that an entry answers, whatever else it holds. */
export function answeredId(value: unknown): number | undefined {
  if (!Array.isArray(value)) throw invalidFrame("an entry is no array");
  const [kind, id]: readonly unknown[] = value;
  return (kind === Entry.answer || kind === Entry.refusal) && isNumber(id) ? id : undefined;
}

export const parseLost = (value: unknown): LostNotice => parse(lost, value);
type AskedInvite = { roles: string[]; uses?: number; forMs?: number; about?: string; listed?: boolean };
const inviteRequest: z.GenericSchema<unknown, AskedInvite> = object({
  roles: z.pipe(z.array(text), z.maxLength(NAME_LIMIT)),
  uses: z.exactOptional(count),
  forMs: z.exactOptional(ms),
  about: z.exactOptional(z.pipe(text, z.maxLength(INVITE_ABOUT_LIMIT))),
  listed: z.exactOptional(z.boolean()),
});

/** Arguments of `peer.invite`; which of the roles exist is the membership's to say. */
export const parseInviteRequest = (value: unknown): AskedInvite => parse(inviteRequest, value);
const locate: z.GenericSchema<unknown, LocateRequest> = object({
  name: text,
  all: z.boolean(),
  kind: z.exactOptional(z.picklist(["task", "channel", "service"])),
  at: z.exactOptional(z.union([peerId, object({ peer: peerId, addresses })])),
  timeoutMs: z.exactOptional(ms),
});

/** Arguments of `peer.locate`. */
export const parseLocate = (value: unknown): LocateRequest => parse(locate, value);
/** A certificate, as text; whether it is good is the membership's to say. */
export const parseToken = (value: unknown): string => parse(token, value);
export const parseHello = (value: unknown): JoinHello => parse(hello, value);
export const parseJoinAnswer = (value: unknown): JoinAnswer => parse(joinAnswer, value);
/** What whoever dialled may begin with. */
export const parseFirstWord = (value: unknown): JoinHello | JoinLook =>
  typeof value === "object" && value !== null && "look" in value ? parse(look, value) : parseHello(value);
/** The answer to a look. */
export const parseLooked = (value: unknown): JoinLooked | JoinAnswer =>
  typeof value === "object" && value !== null && "left" in value ? parse(looked, value) : parseJoinAnswer(value);
/** What may follow a hello. */
export const parseJoinReply = (value: unknown): JoinChallenge | JoinAnswer =>
  typeof value === "object" && value !== null && "challenge" in value
    ? parse(challenge, value)
    : parseJoinAnswer(value);
export const parseJoinProof = (value: unknown): JoinProof => parse(proof, value);

const revocationNews: z.GenericSchema<unknown, RevocationNews> = z.union([
  object({ digest: text }),
  object({ tokens: z.pipe(z.array(token), z.maxLength(REVOCATIONS_LIMIT)) }),
]);
/** Arguments of `peer.revoked`; whether the tokens are good is the membership's to say. */
export const parseRevocationNews = (value: unknown): RevocationNews => parse(revocationNews, value);
/** An answer of `peer.revocations`. */
export const parseTokens = (value: unknown): readonly string[] => parse(tokens, value);
const tokens: z.GenericSchema<unknown, readonly string[]> = z.pipe(z.array(token), z.maxLength(REVOCATIONS_LIMIT));
/** Argument of `peer.revoke`: a PeerId, an invite's id or its text. */
export const parseRevokeTarget = (value: unknown): string => parse(token, value);
export const parseControl = (value: unknown): ControlMessage => parse(control, value);

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);
const isName = (value: unknown): value is string => typeof value === "string" && value.length <= NAME_LIMIT;

/** The requests that come by the thousand. */
function isCommon(value: unknown): value is RuntimeRequest {
  if (typeof value !== "object" || value === null || !("type" in value) || !("task" in value)) return false;
  if (!isTaskId(value.task)) return false;
  switch (value.type) {
    case "task.deliver":
    case "service.emit":
      return "value" in value;
    case "service.start":
      return (
        "service" in value &&
        isServiceId(value.service) &&
        "args" in value &&
        Array.isArray(value.args) &&
        "streams" in value &&
        typeof value.streams === "boolean"
      );
    default:
      return false;
  }
}

function parse<T>(schema: z.GenericSchema<unknown, T>, value: unknown): T {
  try {
    return parseAs(schema, value);
  } catch (cause) {
    throw Object.assign(invalidFrame("a peer sent a malformed message"), { cause });
  }
}
