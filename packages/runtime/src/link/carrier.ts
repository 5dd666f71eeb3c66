/** What takes frames towards a peer or a server process, whatever carries them. */

export interface Carrier {
  /**
   * "open": takes frames now; "busy": wait, the link is full; "opening": wait, it is being dialled;
   * "closed": takes none any more.
   */
  readonly state: "open" | "busy" | "opening" | "closed";
  /** Only while "open". The frame is the carrier's from now on. */
  send(frame: Uint8Array): void;
  /** Calls back once, when the state becomes "open". Asking is what starts a dial. */
  whenOpen(callback: () => void): void;
  /** How far the credit for what comes this way may grow. Absent: {@link LINK_CREDIT_MOST_BYTES}. */
  readonly creditMostBytes?: number;
  /** What takes bulk on the same way, beside messages. Absent: bulk goes with them. */
  readonly bulk?: BulkCarrier | undefined;
}

export interface BulkCarrier extends Carrier {
  /** Room for a frame to be sent this way; where that is safe, a buffer that served before. Its content is undefined. */
  room(bytes: number): Uint8Array;
  /** Whether the other side has all that was sent, or never will. */
  readonly settled: boolean;
}
