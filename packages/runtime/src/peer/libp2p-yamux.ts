/** Windows of yamux streams as ours want them: few updates, and wide ones where our own credits bound what is under way. */
import type { Stream } from "@libp2p/interface";

/** What a yamux stream of 8.0 holds; another version's stream that lacks any of it is left as it is. */
interface YamuxStream {
  /** "Established" once both sides have opened it. */
  readonly state: number;
  /** Bytes the sender may still send, and the size of the whole window. */
  readonly recvWindowCapacity: number;
  recvWindow: number;
  sendWindowUpdate(): void;
}

/** The state between opening and closing, in which an update carries no flags. */
const ESTABLISHED = 3;

/**
 * Has the stream send a window update only when half of its window is used. The protocol leaves that to the receiver;
 * one for each frame doubled the packets of small messages, and came before their answers.
 */
export function coalesceWindowUpdates(stream: Stream): void {
  if (!isYamux(stream)) return;
  const send = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    if (stream.state === ESTABLISHED && stream.recvWindowCapacity > stream.recvWindow / 2) return;
    send();
  };
}

/**
 * Lets the other side send up to `bytes` before they are taken. Ours are taken as they come, and how many are under way
 * is bounded by credits and resend buffers: a narrow window would only add a second bound, of 256 KiB a round trip.
 * @libp2p/yamux widens it by itself only where its own pings measure the round trip, and those are off.
 */
export function widenWindow(stream: Stream, bytes: number): void {
  if (!isYamux(stream) || stream.recvWindow >= bytes) return;
  stream.recvWindow = bytes;
  stream.sendWindowUpdate();
}

const isYamux = (stream: object): stream is YamuxStream =>
  "state" in stream &&
  typeof stream.state === "number" &&
  "recvWindowCapacity" in stream &&
  typeof stream.recvWindowCapacity === "number" &&
  "recvWindow" in stream &&
  typeof stream.recvWindow === "number" &&
  "sendWindowUpdate" in stream &&
  typeof stream.sendWindowUpdate === "function";
