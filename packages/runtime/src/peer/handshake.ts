/** The join protocol: before anything else both sides prove to belong to one cluster. */
import type { Role } from "../contracts/endpoint.ts";
import { UNJOINED_FRAME_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { Codec } from "../wire/codec.ts";
import {
  FRAME_LIMIT_BYTES,
  FrameKind,
  HEADER_BYTES,
  checkFrame,
  endpointBytes,
  frameKind,
  invalidFrame,
  payloadOf,
  writeHeader,
} from "../wire/frames.ts";
import type { JoinAnswer, JoinHello } from "../wire/messages.ts";
import { parseHello, parseJoinAnswer } from "../wire/schema.ts";
import { peerOfAddress } from "./address.ts";
import { publicKeyOf } from "./identity.ts";
import { notAMember } from "./membership.ts";
import type { LimitedLink } from "./network.ts";
import type { Standing } from "./standing.ts";

/** What a peer says about itself when it joins. */
export interface Introduction {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly instance: string;
}

/** What this side knows of the other once both have proved themselves. */
export interface Member extends Introduction {
  readonly peer: PeerId;
  readonly roles: readonly Role[];
  /** Whether it holds the cluster's key. */
  readonly invites: boolean;
}

/**
 * The side that dialled.
 *
 * @throws {SkeinError} why the other side refused: `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`; `NOT_A_MEMBER` when
 *   the other side is no member of this cluster; `PEER_UNREACHABLE` when it closed without a word
 */
export async function join(
  link: LimitedLink,
  remote: PeerId,
  standing: Standing,
  self: Introduction,
  signal: AbortSignal,
): Promise<Member> {
  link.setFrameLimit(UNJOINED_FRAME_LIMIT_BYTES);
  const hello: JoinHello = { ...self, ...credentials(standing, remote) };
  sendJoin(link, hello, standing.peer, remote);
  const answer = parseJoinAnswer(await receiveJoin(link, signal));
  if (!answer.ok) throw new SkeinError(answer.code, answer.message, { hint: answer.hint });
  const certificate = standing.verify(answer.certificate, remote);
  if (answer.granted !== undefined) await standing.accept(answer.granted);
  if (standing.certificate === undefined) throw notAMember("the other side gave no certificate");
  link.setFrameLimit(FRAME_LIMIT_BYTES);
  const { name, addresses, instance, invites } = answer;
  return { peer: remote, roles: certificate.roles, name, addresses, instance, invites };
}

/**
 * The side that was dialled. It says nothing about itself or its cluster before the other has proved itself.
 *
 * @throws {SkeinError} why it refused, after it has told the other side
 */
export async function welcome(
  link: LimitedLink,
  remote: PeerId,
  standing: Standing,
  self: Introduction,
  signal: AbortSignal,
): Promise<Member> {
  link.setFrameLimit(UNJOINED_FRAME_LIMIT_BYTES);
  const hello = parseHello(await receiveJoin(link, signal));
  try {
    const own = standing.certificate;
    if (own === undefined) throw notAMember("this peer has not joined its cluster yet");
    const admitted =
      hello.certificate === undefined && hello.invite !== undefined
        ? await standing.admit(hello.invite, remote)
        : undefined;
    const token = admitted ?? hello.certificate;
    if (token === undefined) throw notAMember("no certificate and no invite were shown");
    const certificate = standing.verify(token, remote);
    const granted = admitted ?? standing.renew(certificate);
    const answer: JoinAnswer = {
      ok: true,
      ...self,
      certificate: own,
      ...(granted === undefined ? {} : { granted }),
      invites: standing.owns,
    };
    sendJoin(link, answer, standing.peer, remote);
    link.setFrameLimit(FRAME_LIMIT_BYTES);
    const { name, addresses, instance } = hello;
    return { peer: remote, roles: certificate.roles, name, addresses, instance, invites: false };
  } catch (error) {
    sendJoin(link, refusal(error), standing.peer, remote);
    throw error;
  }
}

/** A certificate when there is one; the invite only to whom it names, since whoever sees it could use it. */
function credentials(standing: Standing, remote: PeerId): Pick<JoinHello, "certificate" | "invite"> {
  if (standing.certificate !== undefined) return { certificate: standing.certificate };
  const { invite, inviteText } = standing;
  const named = invite?.addresses.some((address) => peerOfAddress(address) === remote) ?? false;
  return named && inviteText !== undefined ? { invite: inviteText } : {};
}

function refusal(thrown: unknown): JoinAnswer {
  const error = errorFrom(thrown);
  // Only our own words leave: another error's text might tell about this machine.
  if (!isSkeinError(error)) {
    return { ok: false, code: "NOT_A_MEMBER", message: "joining failed", hint: "see the other side's log" };
  }
  return { ok: false, code: error.code, message: error.message, hint: error.hint };
}

const codec = (): Codec => new Codec();

function sendJoin(link: LimitedLink, message: JoinHello | JoinAnswer, from: PeerId, to: PeerId): void {
  const frame = codec().encode(message, HEADER_BYTES);
  writeHeader(frame, FrameKind.join, endpointBytes(publicKeyOf(from), 0), endpointBytes(publicKeyOf(to), 0));
  link.send(frame);
}

/** The next frame's message. What comes after it waits in the link until the session takes over. */
function receiveJoin(link: LimitedLink, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(errorFrom(signal.reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void link.closed.then((error) => reject(closedEarly(error)));
    link.receive((frame) => {
      link.pause();
      signal.removeEventListener("abort", onAbort);
      try {
        checkFrame(frame);
        if (frameKind(frame) !== FrameKind.join) throw invalidFrame("something else came before joining");
        resolve(codec().decode(payloadOf(frame)));
      } catch (error) {
        reject(errorFrom(error));
      }
    });
    link.resume();
  });
}

const closedEarly = (cause: Error | undefined): SkeinError =>
  new SkeinError("PEER_UNREACHABLE", "the other side closed the connection while joining", {
    hint: "is it a peer of skein, of the same version? see its log",
    ...(cause === undefined ? {} : { cause }),
  });
