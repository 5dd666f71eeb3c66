import { connect as connectSocket } from "node:net";
import { createRuntime, isSkeinError, locate, type Peer, startPeer } from "@skein/node-server";
import { createLibp2p } from "libp2p";
import { noise } from "@chainsafe/libp2p-noise";
import { tcp } from "@libp2p/tcp";
import { webSockets } from "@libp2p/websockets";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PeerProgram, startPeerProgram } from "./peer-program.ts";

let program: PeerProgram;
beforeAll(async () => {
  program = await startPeerProgram();
});
afterAll(async () => {
  await program.end();
});

const codeOf = async (work: PromiseLike<Peer>): Promise<string> => {
  try {
    await (await work).close();
    return "joined";
  } catch (error) {
    return isSkeinError(error) ? error.code : String(error);
  }
};

test("a peer without an invite is refused with NOT_A_MEMBER, over TCP and WebSocket, and sees no names", async () => {
  await using stranger = await startPeer({ name: "stranger" });
  for (const address of program.addresses) {
    await expect(Promise.resolve(stranger.connect(address))).rejects.toMatchObject({ code: "NOT_A_MEMBER" });
  }
  expect(stranger.peers()).toEqual([]);
  await expect(Promise.resolve(locate("echo", { timeoutMs: 500 }))).rejects.toMatchObject({ code: "TIMEOUT" });
});

test("an invite of another cluster doesn't open this one", async () => {
  await using other = await startPeer({ listen: ["127.0.0.1:0"], name: "other", runtime: createRuntime() });
  const theirs = await other.invite({ roles: ["operator"] });
  // Their token with our address: what somebody would try.
  const [payload = "", signature = ""] = theirs.replace("skein:", "").split(".");
  const body = JSON.parse(Buffer.from(payload, "base64url").toString());
  const changed = Buffer.from(JSON.stringify({ ...body, addresses: program.addresses })).toString("base64url");
  const forged = Buffer.from(JSON.stringify({ ...body, cluster: program.cluster, addresses: program.addresses }));
  for (const invite of [`skein:${changed}.${signature}`, `skein:${forged.toString("base64url")}.${signature}`]) {
    expect(await codeOf(startPeer({ invite }))).toBe("NOT_A_MEMBER");
  }
});

test("a second peer on one runtime is refused, and starts once the first has closed", async () => {
  const first = await startPeer();
  expect(await codeOf(startPeer())).toBe("RUNTIME_WRONG");
  await first.close();
  expect(await codeOf(startPeer())).toBe("joined");
});

test("a used and an expired invite say so", async () => {
  expect(await codeOf(startPeer({ invite: program.single }))).toBe("joined");
  expect(await codeOf(startPeer({ invite: program.single }))).toBe("INVITE_USED");
  expect(await codeOf(startPeer({ invite: program.expired }))).toBe("INVITE_EXPIRED");
});

const foreignPeer = () =>
  createLibp2p({
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });

test("to a libp2p peer that doesn't join, no protocol answers, and the connection ends soon", async () => {
  const foreign = await foreignPeer();
  try {
    const [address = ""] = program.addresses;
    const connection = await foreign.dial(multiaddr(address));
    const closed = new Promise((resolve) => connection.addEventListener("close", resolve));
    // Whoever asks for what it serves, or whom it knows, is not answered.
    for (const protocol of ["/ipfs/id/1.0.0", "/ipfs/ping/1.0.0", "/skein/control/1", "/libp2p/dcutr"]) {
      await expect(connection.newStream(protocol)).rejects.toThrow();
    }
    // The stream of messages is reset before a byte of it is read.
    const stream = await connection.newStream("/skein/messages/1").catch(() => undefined);
    if (stream?.status === "open") await new Promise((resolve) => stream.addEventListener("close", resolve));
    expect(stream?.readBufferLength ?? 0).toBe(0);
    await closed;
  } finally {
    await foreign.stop();
  }
});

test("a libp2p peer that doesn't join gets no place at the relay", async () => {
  const foreign = await foreignPeer();
  try {
    const connection = await foreign.dial(multiaddr(program.addresses[0] ?? ""));
    const stream = await connection.newStream("/libp2p/circuit/relay/0.2.0/hop");
    const answer: number[] = [];
    const ended = new Promise((resolve) => stream.addEventListener("close", resolve));
    stream.addEventListener("message", ({ data }) => answer.push(...data.subarray()));
    // A message of two bytes: the wish for a reservation.
    stream.send(new Uint8Array([2, 8, 0]));
    await ended;
    // Status 202 of circuit v2 is "permission denied", 100 would be "ok".
    expect(answer.slice(-3)).toEqual([0x28, 202, 1]);
  } finally {
    await foreign.stop();
  }
});

test("to a libp2p peer that says more than 64 KiB before it joins, nobody listens", async () => {
  const foreign = await foreignPeer();
  try {
    const [address = ""] = program.addresses;
    const connection = await foreign.dial(multiaddr(address));
    const closed = new Promise((resolve) => connection.addEventListener("close", resolve));
    const stream = await connection.newStream("/skein/join/1");
    const ended = new Promise((resolve) => stream.addEventListener("close", resolve));
    // The length of a frame that would be far too long, and its beginning.
    const bytes = new Uint8Array(128 * 1024);
    new DataView(bytes.buffer).setUint32(0, 16 * 1024 * 1024, true);
    stream.send(bytes);
    await ended;
    expect(stream.readBufferLength).toBe(0);
    await closed;
  } finally {
    await foreign.stop();
  }
});

test("bytes that are no protocol at all do no harm", async () => {
  const [, , host = "", , port = ""] = (program.addresses[0] ?? "").split("/");
  for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\u0000".repeat(100_000), "\xff\xff\xff\xff".repeat(1000)]) {
    await new Promise<void>((resolve) => {
      const socket = connectSocket({ host, port: Number(port) }, () => socket.end(Buffer.from(bytes, "latin1")));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      socket.resume();
      socket.setTimeout(5000, () => socket.destroy());
    });
  }
  expect(await codeOf(startPeer({ invite: program.invite }))).toBe("joined");
});

test("a peer that joined comes back without its invite, as the same peer", async () => {
  const { mkdtemp, rm } = await import("node:fs/promises");
  const data = await mkdtemp("/tmp/skein-peer-");
  try {
    const first = await startPeer({ invite: program.invite, data });
    const { id } = first;
    await first.close();
    await using again = await startPeer({ data });
    expect(again.id).toBe(id);
    expect(again.peers().map((peer) => peer.peer)).toEqual([program.id]);
  } finally {
    await rm(data, { recursive: true });
  }
});
