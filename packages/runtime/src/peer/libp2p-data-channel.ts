/** Data channels as our streams want them: filled again before they are empty, and what is written is one message. */
import type { Stream } from "@libp2p/interface";
import { WEBRTC_REFILL_BYTES } from "../defaults.ts";

/** What a WebRTC stream of @libp2p/webrtc 6.0 holds; another version's stream that lacks any of it is left as it is. */
interface DataChannelStream {
  readonly channel: {
    readonly readyState: string;
    readonly bufferedAmount: number;
    bufferedAmountLowThreshold: number;
    send(message: Uint8Array<ArrayBuffer>): void;
  };
  readonly maxBufferedAmount: number;
  sendData(data: Written): { readonly sentBytes: number; readonly canSendMore: boolean };
  abort(error: Error): void;
}

/** A list of libp2p's, at most as large as a message may be. */
type Written = Iterable<Uint8Array> & { readonly byteLength: number };

/** Field 2 of libp2p's messages, bytes: the data. */
const DATA_FIELD = 0x12;

/** Has a stream of WebRTC work as we want it. Another stream is left as it is. */
export function tuneDataChannel(stream: Stream): void {
  if (!isDataChannel(stream)) return;
  // @libp2p/webrtc asks for more when nothing is left to send: the connection would idle for a turn each time.
  stream.channel.bufferedAmountLowThreshold = WEBRTC_REFILL_BYTES;
  sendWhole(stream);
}

/**
 * Has it send what it writes as one message. @libp2p/webrtc sends the bytes that say how long it is as a message before
 * it: a packet of its own, and round trips took half as long again. Whoever receives takes messages as one row of bytes.
 */
function sendWhole(stream: DataChannelStream): void {
  const { channel } = stream;
  const sendData = stream.sendData.bind(stream);
  stream.sendData = (data) => {
    if (channel.readyState !== "open") return sendData(data);
    try {
      channel.send(messageOf(data));
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    }
    return { sentBytes: data.byteLength, canSendMore: channel.bufferedAmount < stream.maxBufferedAmount };
  };
}

/** The length of what follows, then a protobuf message with the data as its only field. */
function messageOf(data: Written): Uint8Array<ArrayBuffer> {
  const { byteLength } = data;
  const inner = 1 + countBytes(byteLength) + byteLength;
  const message = new Uint8Array(countBytes(inner) + inner);
  let at = putCount(message, 0, inner);
  message[at] = DATA_FIELD;
  at = putCount(message, at + 1, byteLength);
  for (const part of data) {
    message.set(part, at);
    at += part.byteLength;
  }
  return message;
}

/** Bytes that a count takes: seven bits in each. */
function countBytes(count: number): number {
  let bytes = 1;
  for (let rest = count >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

/** @returns where what follows begins */
function putCount(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  let rest = count;
  while (rest > 127) {
    bytes[at] = (rest & 127) | 128;
    at += 1;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + 1;
}

const isDataChannel = (stream: object): stream is DataChannelStream =>
  "channel" in stream &&
  typeof stream.channel === "object" &&
  stream.channel !== null &&
  "bufferedAmountLowThreshold" in stream.channel &&
  "maxBufferedAmount" in stream &&
  typeof stream.maxBufferedAmount === "number" &&
  "sendData" in stream &&
  typeof stream.sendData === "function";
