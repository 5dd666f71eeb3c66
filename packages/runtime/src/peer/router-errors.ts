/** What a router says when something doesn't get through; about whom, as `EndpointTable.show` has it. */
import { SkeinError } from "../errors.ts";

export const queueFull = (to: string): SkeinError =>
  new SkeinError("MAILBOX_FULL", `too many messages wait to be sent to ${to}`, {
    hint: "use deliver, which waits for room, or send less often",
  });

export const overloaded = (at: string): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `too many requests wait at ${at}`, {
    hint: "wait for answers before asking more",
  });

export const peerLost = (to: string, cause?: unknown): SkeinError =>
  new SkeinError("PEER_LOST", `${to} is not connected`, {
    hint: "see peer.events for when it comes back",
    ...(cause === undefined ? {} : { cause }),
  });

export const beganAnew = (at: string): SkeinError =>
  new SkeinError("PEER_LOST", `${at} ended what was under way and begins anew`, {
    hint: "it was restarted, or took too little of what was sent; what you send now arrives",
  });

export const unknownDelivery = (to: string, cause: Error | undefined): SkeinError =>
  new SkeinError("DELIVERY_UNKNOWN", `no answer from ${to}; it may have arrived`, {
    hint: "it may be busy, out of reach, or the mailbox there full: allow more timeoutMs, or make what you send safe to receive twice and send it again",
    ...(cause === undefined ? {} : { cause }),
  });

export const withdrawn = (by: string): SkeinError =>
  new SkeinError("TIMEOUT", `${by} no longer waits for this`, { hint: "nobody takes the answer" });

export const noAnswer = (to: string): SkeinError =>
  new SkeinError("TIMEOUT", `no answer from ${to} in time`, {
    hint: "the other side is busy or unreachable; give it more timeoutMs",
  });

export const notLeased = (server: number, from: string): SkeinError =>
  new SkeinError("ROLE_FORBIDS", `server ${server} is not leased to ${from}`, {
    hint: "only the holder of its lease may give a server work, and who only watches sends it nothing",
  });

export const serverGone = (at: string): SkeinError =>
  new SkeinError("SERVER_LOST", `no server process runs at ${at}`, {
    hint: "it ended or was replaced; the job's lease says where to go",
  });

export const overloadedAt = (where: string): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `too much was sent to ${where} without its credit`, {
    hint: "both sides must run the same version of skein",
  });

/** To a server process that comes back: others had its server meanwhile. */
export const wasAway = (peer: string): SkeinError =>
  new SkeinError("PEER_LOST", `what this server process had with ${peer} is over: others had its server meanwhile`, {
    hint: "monitor or call again; state that must live over turns belongs into task.state",
  });
