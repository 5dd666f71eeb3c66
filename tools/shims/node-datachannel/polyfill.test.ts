import { createSocket, Socket } from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { RTCDataChannel } from "./data-channel.ts";
import { PeerConnection } from "./index.ts";
import { RTCIceCandidate, RTCPeerConnection, RTCSessionDescription } from "./polyfill.ts";

const opened: RTCPeerConnection[] = [];
afterEach(() => {
  for (const connection of opened.splice(0)) connection.close();
});

const newConnection = (): RTCPeerConnection => {
  const connection = new RTCPeerConnection({ iceServers: [] });
  opened.push(connection);
  return connection;
};

const once = async <T = Event>(target: EventTarget, type: string): Promise<T> =>
  // The caller knows the event of this name.
  await new Promise((resolve) => target.addEventListener(type, (event) => resolve(event as T), { once: true }));

type ChannelEvent = Event & { readonly channel: RTCDataChannel };
type MessageWith = Event & { readonly data: unknown };

/** Two connected ones, by what they tell each other as libp2p does. */
async function connected(): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  const [a, b] = [newConnection(), newConnection()];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.addEventListener("icecandidate", (event) => {
      // As this shim makes them.
      const { candidate } = event as Event & { readonly candidate: RTCIceCandidate | null };
      void to.addIceCandidate(candidate?.toJSON());
    });
  }
  const first = a.createDataChannel("init");
  const offer = await a.createOffer();
  await a.setLocalDescription({ type: "offer", sdp: offer.sdp });
  await b.setRemoteDescription(new RTCSessionDescription({ type: "offer", sdp: offer.sdp }));
  const answer = await b.createAnswer();
  await b.setLocalDescription({ type: "answer", sdp: answer.sdp });
  await a.setRemoteDescription(new RTCSessionDescription({ type: "answer", sdp: answer.sdp }));
  await once(first, "open");
  return [a, b];
}

async function channelBetween(a: RTCPeerConnection, b: RTCPeerConnection): Promise<[RTCDataChannel, RTCDataChannel]> {
  const coming = once<ChannelEvent>(b, "datachannel");
  const here = a.createDataChannel("");
  if (here.readyState !== "open") await once(here, "open");
  return [here, (await coming).channel];
}

describe("werift as browsers' WebRTC", () => {
  test("gives messages as whole array buffers, and takes what the caller overwrites next", async () => {
    const [a, b] = await connected();
    const [here, there] = await channelBetween(a, b);
    const coming = once<MessageWith>(there, "message");
    const bytes = new Uint8Array(100_000).fill(7);
    here.send(bytes.subarray(1));
    bytes.fill(9);
    const { data } = await coming;
    expect(data).toBeInstanceOf(ArrayBuffer);
    const got = new Uint8Array(data instanceof ArrayBuffer ? data : []);
    expect(got.byteLength).toBe(99_999);
    expect(got.every((byte) => byte === 7)).toBe(true);
  });

  test("calls the handlers in on… as well as listeners", async () => {
    const [a, b] = await connected();
    const [here, there] = await channelBetween(a, b);
    const heard: unknown[] = [];
    // As libp2p does it.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    there.onmessage = (event) => heard.push(Reflect.get(event, "data"));
    const coming = once(there, "message");
    here.send("a text");
    await coming;
    expect(heard).toEqual(["a text"]);
  });

  test("does not wait for candidates that hide behind names nobody can look up", async () => {
    const connection = newConnection();
    const hidden = "candidate:1 1 udp 2113937151 11111111-2222-3333-4444-555555555555.local 50000 typ host";
    await connection.addIceCandidate({ candidate: hidden, sdpMid: "0", sdpMLineIndex: 0 });
    await connection.addIceCandidate(null);
  });

  test("closes the connection, and says so, as soon as the other side has closed it", async () => {
    const [a, b] = await connected();
    const closed = once(b, "close");
    a.close();
    a.close();
    await closed;
    expect(b.connectionState).toBe("closed");
  });

  test("opens channel after channel: the end of one never closes the next", async () => {
    const [a, b] = await connected();
    for (let times = 0; times < 20; times += 1) {
      const [here, there] = await channelBetween(a, b);
      const closed = once(there, "close");
      here.close();
      if (times % 2 === 0) await closed;
      expect(there.readyState).not.toBe("connecting");
    }
    const [here, there] = await channelBetween(a, b);
    await delay(50);
    expect([here.readyState, there.readyState]).toEqual(["open", "open"]);
  });

  test("a word for a channel that is gone, or none of the protocol, does not end the process", async () => {
    const rejected: unknown[] = [];
    const note = (reason: unknown): void => void rejected.push(reason);
    process.on("unhandledRejection", note);
    try {
      const [a, b] = await connected();
      const transport = b.sctp;
      if (transport === null || transport === undefined) throw new Error("a connected one has SCTP");
      // An acknowledgement for a channel that never was, a message of an unknown kind, and a packet of nonsense.
      transport.sctp.onReceive.execute(77, 50, Buffer.from([2]));
      const [, there] = await channelBetween(a, b);
      transport.sctp.onReceive.execute(there.id ?? 0, 999, Buffer.from([1]));
      transport.dtlsTransport.dataReceiver(Buffer.from("nonsense that is no packet"));
      await delay(20);
      expect(rejected).toEqual([]);
      const [here] = await channelBetween(a, b);
      expect(here.readyState).toBe("open");
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  test("large messages both ways arrive whole and in order, also when packets are lost", async () => {
    const [a, b] = await connected();
    const [here, there] = await channelBetween(a, b);
    const got = [here, there].map((channel) => {
      const sizes: number[] = [];
      channel.addEventListener("message", (event) => {
        const data: unknown = Reflect.get(event, "data");
        if (data instanceof ArrayBuffer) sizes.push(data.byteLength);
      });
      return sizes;
    });
    let packets = 0;
    for (const connection of [a, b]) {
      const socket = connection.sctp?.dtlsTransport.dtls?.transport.socket;
      const take = socket?.onData;
      if (socket === undefined || take === undefined) throw new Error("a connected one has a socket");
      socket.onData = (packet, from) => {
        packets += 1;
        if (packets % 100 !== 0) take(packet, from);
      };
    }
    const sizes = Array.from({ length: 60 }, (_, index) => 20_000 + index);
    for (const size of sizes) {
      for (const channel of [here, there]) channel.send(new Uint8Array(size));
    }
    await expect.poll(() => got.map(({ length }) => length), { timeout: 20_000 }).toEqual([60, 60]);
    expect(got).toEqual([sizes, sizes]);
    expect(packets).toBeGreaterThan(100);
  });

  test("its sockets hold as much as the system allows, for when the process is busy", async () => {
    const [a, b] = await connected();
    const widest = createSocket("udp4");
    await new Promise<void>((resolve) => widest.bind(0, "127.0.0.1", resolve));
    widest.setRecvBufferSize(4 * 1024 * 1024);
    for (const connection of [a, b]) {
      const protocol: object | undefined = connection.sctp?.dtlsTransport.iceTransport.connection.nominated?.protocol;
      const socket: unknown = Reflect.get(Reflect.get(protocol ?? {}, "transport") ?? {}, "socket");
      if (!(socket instanceof Socket)) throw new Error("a connected one has a socket");
      expect(socket.getRecvBufferSize()).toBe(widest.getRecvBufferSize());
    }
    widest.close();
  });

  test("a record that was changed on its way is dropped, and the connection goes on", async () => {
    const [a, b] = await connected();
    const [here, there] = await channelBetween(a, b);
    const socket = b.sctp?.dtlsTransport.dtls?.transport.socket;
    const take = socket?.onData;
    if (socket === undefined || take === undefined) throw new Error("a connected one has a socket");
    let changed = false;
    socket.onData = (packet, from) => {
      const copy = Buffer.from(packet);
      if (!changed && copy[0] === 23) {
        changed = true;
        copy[30] = (copy[30] ?? 0) ^ 1;
      }
      take(copy, from);
    };
    const coming = once<MessageWith>(there, "message");
    here.send("arrives when it is sent again");
    expect((await coming).data).toBe("arrives when it is sent again");
    expect(changed).toBe(true);
  });

  test("uses the ports that it may use, and no others", async () => {
    const ports: readonly [number, number] = [46_210, 46_219];
    const connection = new RTCPeerConnection({ iceServers: [], udpPorts: [...ports] });
    opened.push(connection);
    const used: number[] = [];
    connection.addEventListener("icecandidate", (event) => {
      const candidate: unknown = Reflect.get(event, "candidate");
      // candidate:… component protocol priority address port typ …
      if (candidate instanceof RTCIceCandidate) used.push(Number(candidate.candidate.split(" ")[5]));
    });
    connection.createDataChannel("init");
    const offer = await connection.createOffer();
    await connection.setLocalDescription({ type: "offer", sdp: offer.sdp });
    await expect.poll(() => connection.iceGatheringState).toBe("complete");
    expect(used.length).toBeGreaterThan(0);
    expect(used.every((port) => port >= ports[0] && port <= ports[1])).toBe(true);
  });

  test("has no WebRTC-direct", () => {
    expect(() => new (PeerConnection as unknown as new () => object)()).toThrowError(/werift/);
  });
});
