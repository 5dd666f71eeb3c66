/** First process of the bare mechanisms for bulk: bytes over a link with nothing of ours, in pieces of 64 KiB. */
import { spawn } from "node:child_process";
import { type BareKind, dialBare } from "./bare-links.ts";
import { firstLine } from "./first-line.ts";

const PIECE_BYTES = 64 * 1024;

export interface BareBytes {
  /** Sends so many bytes (those given at the start) and waits until the other side has them; gives the count. */
  send(): Promise<number>;
  close(): Promise<void>;
}

export async function bareBytes(kind: BareKind, count: number): Promise<BareBytes> {
  const script = new URL("./bare-bytes-peer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, kind, String(count)], { stdio: ["pipe", "pipe", "inherit"] });
  const { link, close } = await dialBare(kind, await firstLine(child));
  let taken: (() => void) | undefined;
  link.onData(() => taken?.());
  const piece = new Uint8Array(PIECE_BYTES).fill(7);
  return {
    send: async () => {
      const arrived = new Promise<void>((resolve) => {
        taken = resolve;
      });
      for (let sent = 0; sent < count; sent += PIECE_BYTES) {
        if (!link.send(piece.subarray(0, Math.min(PIECE_BYTES, count - sent)))) await link.drained();
      }
      await arrived;
      return count;
    },
    close: async () => {
      child.stdin.end();
      await close();
    },
  };
}
