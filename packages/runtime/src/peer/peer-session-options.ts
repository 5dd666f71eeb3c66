/** What a session with a peer is made of, and what it tells. */
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { SessionTimes } from "../link/heartbeat.ts";
import { FrameKind } from "../wire/frames.ts";
import type { SessionTold } from "./session-errors.ts";
import type { SessionVoiceOptions } from "./session-voice.ts";

export interface PeerSessionOptions extends SessionVoiceOptions, SessionTimes {
  readonly self: PeerId;
  readonly remote: PeerId;
  /** The other side in words for people. Absent: its id. */
  readonly show?: () => string;
  /** What the two sides call this session: each made up its part. */
  readonly ownToken: string;
  readonly otherToken: string;
  /** Takes a frame of messages; throwing ends the session. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onTold: (event: SessionTold) => void;
  /** A connection is wanted, until the session is neither suspected nor over. */
  readonly onDial: () => void;
  /** Whether nothing here wants the session. */
  readonly mayPart: () => boolean;
  /** Over: by us (undefined), by the other side, or because it is lost. `waiting`: who waited to send when it was idle. */
  readonly onEnd: (error: SkeinError | undefined, waiting: readonly (() => void)[]) => void;
}

/** Kinds of frames that go on the links for messages. */
export const MESSAGE_KINDS: ReadonlySet<number> = new Set([
  FrameKind.messages,
  FrameKind.procedures,
  FrameKind.lost,
  FrameKind.ended,
]);
