import type { Stream } from "@libp2p/interface";
import { expect, test } from "vitest";
import { WEBRTC_REFILL_BYTES } from "../defaults.ts";
import { tuneDataChannel } from "./libp2p-data-channel.ts";

/** As @libp2p/webrtc's streams are, as far as it matters here. */
function newStream() {
  const sent: Uint8Array[] = [];
  const channel = {
    readyState: "open",
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    send: (message: Uint8Array): void => void sent.push(message),
  };
  const refused = { sentBytes: 0, canSendMore: false };
  const errors: Error[] = [];
  const stream = {
    channel,
    maxBufferedAmount: 1000,
    sendData: (_parts: Iterable<Uint8Array> & { readonly byteLength: number }) => refused,
    abort: (error: Error): void => void errors.push(error),
  };
  // Only these are used of a stream.
  tuneDataChannel(stream as unknown as Stream);
  return { stream, channel, sent, errors, refused };
}

const written = (...parts: readonly Uint8Array[]): Iterable<Uint8Array> & { readonly byteLength: number } =>
  Object.assign([...parts], { byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0) });

test("what is written to a data channel is one message, with its length before it", () => {
  const { stream, channel, sent } = newStream();
  expect(channel.bufferedAmountLowThreshold).toBe(WEBRTC_REFILL_BYTES);
  expect(stream.sendData(written(new Uint8Array([1, 2]), new Uint8Array([3])))).toEqual({
    sentBytes: 3,
    canSendMore: true,
  });
  // Five bytes follow: field 2, three bytes, these.
  expect(sent).toEqual([new Uint8Array([5, 0x12, 3, 1, 2, 3])]);
  for (const [size, head] of [
    [125, [127, 0x12, 125]],
    [126, [0x80, 0x01, 0x12, 126]],
    [128, [0x83, 0x01, 0x12, 0x80, 0x01]],
    [32_700, [0xc0, 0xff, 0x01, 0x12, 0xbc, 0xff, 0x01]],
  ] as const) {
    stream.sendData(written(new Uint8Array(size).fill(9)));
    expect(sent.at(-1)).toEqual(new Uint8Array([...head, ...new Uint8Array(size).fill(9)]));
  }
});

test("a data channel that is full says so, one that is not open takes nothing, one that fails ends its stream", () => {
  const { stream, channel, sent, errors, refused } = newStream();
  channel.bufferedAmount = stream.maxBufferedAmount;
  expect(stream.sendData(written(new Uint8Array(1)))).toEqual({ sentBytes: 1, canSendMore: false });
  channel.readyState = "connecting";
  expect(stream.sendData(written(new Uint8Array(1)))).toBe(refused);
  expect(sent.length).toBe(1);
  channel.readyState = "open";
  channel.send = () => {
    throw new Error("it has just closed");
  };
  stream.sendData(written(new Uint8Array(1)));
  expect(errors.map(({ message }) => message)).toEqual(["it has just closed"]);
});
