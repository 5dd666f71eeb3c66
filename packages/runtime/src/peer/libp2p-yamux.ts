/** Fewer window updates on yamux streams: @libp2p/yamux sends one for every frame it receives. */
import type { Stream } from "@libp2p/interface";

/** What a yamux stream of 8.0 holds; another version's stream that lacks any of it is left as it is. */
interface YamuxStream {
  /** "Established" once both sides have opened it. */
  readonly state: number;
  /** Bytes the sender may still send, and the size of the whole window. */
  readonly recvWindowCapacity: number;
  readonly recvWindow: number;
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

const isYamux = (stream: object): stream is YamuxStream =>
  "state" in stream &&
  typeof stream.state === "number" &&
  "recvWindowCapacity" in stream &&
  typeof stream.recvWindowCapacity === "number" &&
  "recvWindow" in stream &&
  typeof stream.recvWindow === "number" &&
  "sendWindowUpdate" in stream &&
  typeof stream.sendWindowUpdate === "function";
