/** A stream of whole frames between two ends: a libp2p stream, a socketpair, a MessagePort, memory. */
export interface Link {
  /** What carries it, for the console and for logs: "tcp", "ws", "socketpair", "message-port", "memory". */
  readonly transport: string;
  /**
   * Sends one frame; the link may keep the bytes, so don't reuse them. Never throws; after a close it does nothing.
   * @returns false when the caller should wait for {@link Link.drained} before sending more
   */
  send(frame: Uint8Array): boolean;
  /** Resolves when the link takes more, or is closed. */
  drained(): Promise<void>;
  /** Sets who gets the frames, whole and in order. Frames that came before are kept for it, bounded. */
  receive(onFrame: (frame: Uint8Array) => void): void;
  /** While paused, no frame is handed on and the sender is pushed back as far as the transport can. */
  pause(): void;
  resume(): void;
  /** Flushes what was sent and closes; twice does nothing. */
  close(): void;
  /** Closes at once and tells why. */
  abort(error: Error): void;
  /** Resolves once closed by either side, with the error if there was one. */
  readonly closed: Promise<Error | undefined>;
}
