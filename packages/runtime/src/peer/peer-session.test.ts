import { expect, test } from "vitest";
import type { Link } from "../contracts/link.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { Codec } from "../wire/codec.ts";
import {
  FrameKind,
  HEADER_BYTES,
  endpointBytes,
  frameCredit,
  frameKind,
  setCredit,
  writeHeader,
} from "../wire/frames.ts";
import { peerIdOf, publicKeyOf } from "./identity.ts";
import { PeerSession } from "./peer-session.ts";

const platform = createHostPlatform();
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    platform.nextTurn(resolve);
  });

test("while the control link is busy, of each conversation only its latest credit waits", async () => {
  const remote = peerIdOf(platform.generateKey().publicKey);
  const self = publicKeyOf(peerIdOf(platform.generateKey().publicKey));
  const sent: Uint8Array[] = [];
  let drain: () => void = () => {};
  const linkTo = (send: Link["send"]): Link => ({
    transport: "memory",
    closed: new Promise(() => {}),
    send,
    drained: () =>
      new Promise((resolve) => {
        drain = resolve;
      }),
    receive: () => {},
    pause: () => {},
    resume: () => {},
    close: () => {},
    abort: () => {},
  });
  const session = new PeerSession({
    platform,
    codec: new Codec(),
    remote,
    selfBytes: endpointBytes(self, 0),
    remoteBytes: endpointBytes(publicKeyOf(remote), 0),
    control: linkTo((frame) => {
      if (frameKind(frame) === FrameKind.credit) sent.push(frame);
      return false;
    }),
    messages: linkTo(() => true),
    onFrame: () => {},
    onLiveness: () => {},
    onEnd: () => {},
  });
  for (let n = 1; n <= 1000; n += 1) {
    const frame = new Uint8Array(HEADER_BYTES);
    writeHeader(frame, FrameKind.credit, endpointBytes(self, n % 2), endpointBytes(publicKeyOf(remote), 0));
    setCredit(frame, n);
    session.send(frame);
  }
  expect(sent.map(frameCredit)).toEqual([1]);
  drain();
  await turn();
  drain();
  await turn();
  expect(sent.map(frameCredit)).toEqual([1, 999, 1000]);
  session.close("done");
});
