/** The frames of the join protocol: words that both sides send before anything else, and how one refuses the other. */
import { CLOCK_SKEW_MS } from "../defaults.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { Codec } from "../wire/codec.ts";
import {
  FrameKind,
  HEADER_BYTES,
  checkFrame,
  endpointBytes,
  frameKind,
  invalidFrame,
  payloadOf,
  writeHeader,
} from "../wire/frames.ts";
import type { JoinAnswer, JoinChallenge, JoinHello, JoinLook, JoinLooked, JoinProof } from "../wire/messages.ts";
import { publicKeyOf } from "./identity.ts";
import type { LimitedLink } from "./network.ts";
import type { Standing } from "./standing.ts";
import { durationText, utcText } from "./utc-text.ts";

/** Why the other side refused, in its words; where it was about time, with how far the two clocks are apart. */
export function refused({ code, message, hint, clockMs }: JoinAnswer & { ok: false }, nowMs: number): SkeinError {
  if (clockMs === undefined) return new SkeinError(code, message, { hint });
  const apart = nowMs - clockMs;
  const clocks =
    Math.abs(apart) <= CLOCK_SKEW_MS
      ? `the clock here agrees: ${utcText(nowMs)}`
      : `the clock here says ${utcText(nowMs)}, ${durationText(Math.abs(apart))} ${apart > 0 ? "ahead" : "behind"}: set the clocks`;
  return new SkeinError(code, message, { hint: `${hint}; ${clocks}` });
}

/** What to say in answer to an error. */
export function refusal(thrown: unknown, nowMs: number): JoinAnswer {
  const error = errorFrom(thrown);
  // Only our own words leave: another error's text might tell about this machine.
  if (!isSkeinError(error)) {
    return { ok: false, code: "NOT_A_MEMBER", message: "joining failed", hint: "see the other side's log" };
  }
  const { code, message, hint } = error;
  // Only who has an invite of this cluster is told the time here.
  return { ok: false, code, message, hint, ...(code === "INVITE_EXPIRED" ? { clockMs: nowMs } : {}) };
}

const codec = (): Codec => new Codec();

type JoinWord = JoinHello | JoinLook | JoinLooked | JoinChallenge | JoinProof | JoinAnswer;

export function sendJoin(link: LimitedLink, message: JoinWord, from: PeerId, to: PeerId): void {
  const frame = codec().encode(message, HEADER_BYTES);
  writeHeader(frame, FrameKind.join, endpointBytes(publicKeyOf(from), 0), endpointBytes(publicKeyOf(to), 0));
  link.send(frame);
}

/** The first word. Who speaks another version of the wire is told so: by the version of the answer, whatever it can read. */
export async function receiveHello(
  link: LimitedLink,
  remote: PeerId,
  standing: Pick<Standing, "nowMs" | "peer">,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await receiveJoin(link, signal);
  } catch (error) {
    if (isSkeinError(error, "CODE_MISMATCH")) sendJoin(link, refusal(error, standing.nowMs), standing.peer, remote);
    throw error;
  }
}

/** The next frame's message. What comes after it waits in the link until the session takes over. */
export function receiveJoin(link: LimitedLink, signal: AbortSignal): Promise<unknown> {
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

/** To who was asked: the answer was given, and nobody joins. */
export const lookedAt = (): SkeinError => LOOKED;
export const isLookedAt = (error: unknown): boolean => error === LOOKED;

const LOOKED: SkeinError = new SkeinError("PEER_UNREACHABLE", "an invite was looked at, and nobody joined", {
  hint: "nothing to do",
});
