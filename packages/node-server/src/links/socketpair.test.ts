import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HEADER_BYTES as HEADER, type Link } from "@skein/runtime/host";
import { linkContract } from "@skein/runtime/testing";
import { socketLink } from "./socketpair.ts";

/** A frame as links carry it: its length in the first four bytes. */
function frame(bytes: number, fill: number): Uint8Array {
  const made = new Uint8Array(bytes).fill(fill);
  new DataView(made.buffer).setUint32(0, bytes - 4);
  return made;
}

async function sockets(): Promise<[Socket, Socket]> {
  const folder = mkdtempSync(join(tmpdir(), "skein-link-"));
  const server = createServer();
  server.listen(join(folder, "s"));
  await once(server, "listening");
  const accepted = once(server, "connection");
  const left = connect(join(folder, "s"));
  const [right]: Socket[] = (await accepted) as Socket[];
  onTestFinished(() => {
    left.destroy();
    right!.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return [left, right!];
}

async function links(): Promise<[Link, Link]> {
  const [left, right] = await sockets();
  return [socketLink(left), socketLink(right)];
}

for (const { name, run } of linkContract(async () => {
  const [left, right] = await links();
  return { left, right, close: () => [left, right].forEach((link) => link.abort(new Error("the test is over"))) };
})) {
  test(`contract: ${name}`, run);
}

test("frames arrive whole and in order, small ones and those larger than the socket's buffers", async () => {
  const [left, right] = await links();
  const sizes = [HEADER, 1000, 3_000_000, HEADER, 70_000];
  const arrived: Uint8Array[] = [];
  const all = new Promise<void>((resolve) => {
    right.receive((one) => {
      arrived.push(one);
      if (arrived.length === sizes.length) resolve();
    });
  });
  sizes.forEach((size, index) => left.send(frame(size, index)));
  await all;
  expect(arrived.map((one) => [one.byteLength, one.at(-1)])).toEqual(sizes.map((size, index) => [size, index]));
});

test("a sender whose receiver pauses is told to wait, and told when there is room", async () => {
  const [left, right] = await links();
  let received = 0;
  right.receive((one) => (received += one.byteLength));
  right.pause();
  let sent = 0;
  while (left.send(frame(60_000, 1))) {
    sent += 60_000;
    await new Promise(setImmediate);
    expect(sent).toBeLessThan(40_000_000);
  }
  sent += 60_000;
  right.resume();
  await left.drained();
  left.close();
  await right.closed;
  expect(received).toBe(sent);
});

test("closing flushes, tells the other end, and may be done twice", async () => {
  const [left, right] = await links();
  let received = 0;
  right.receive(() => (received += 1));
  for (let index = 0; index < 100; index += 1) left.send(frame(10_000, index));
  left.close();
  left.close();
  left.send(frame(HEADER, 0));
  expect(await left.closed).toBeUndefined();
  expect(await right.closed).toBeUndefined();
  expect(received).toBe(100);
});

test("an aborted link says why", async () => {
  const [left, right] = await links();
  const error = new Error("enough");
  left.abort(error);
  left.abort(new Error("second"));
  expect(await left.closed).toBe(error);
  await right.closed;
});

test("bytes that are no frames end the link with WIRE_INVALID", async () => {
  const [raw, socket] = await sockets();
  const link = socketLink(socket);
  link.receive(() => {});
  raw.write(Buffer.alloc(200, 0xff));
  expect(await link.closed).toMatchObject({ code: "WIRE_INVALID" });
});

test("closing does not wait for an end that reads nothing", async () => {
  const [socket, silent] = await sockets();
  silent.pause();
  const link = socketLink(socket);
  while (link.send(frame(60_000, 1))) await new Promise(setImmediate);
  link.close();
  await link.closed;
});
