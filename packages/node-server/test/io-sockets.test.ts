import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { all, type Operation, op, race, sleep, spawn, type Steps, type TaskContext } from "@skein/runtime";
import { expect, test } from "vitest";
import { type Connection, dial, listen, type Listener, udp } from "@skein/node-server";

const read = (name: string): string => readFileSync(new URL(`./certificates/${name}`, import.meta.url), "utf8");
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

/** Both ends of a connection of this machine. */
async function pair(limits: { frameLimitBytes?: number; lineLimitBytes?: number } = {}): Promise<{
  a: Connection;
  b: Connection;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const listener = await listen({ port: 0, ...limits });
  const [a, { value: b }] = await all([dial({ host: "127.0.0.1", port: listener.port, ...limits }), listener.next()]);
  await listener.close();
  return {
    a,
    b: b!,
    async [Symbol.asyncDispose]() {
      await a.close({ cancel: true });
      await b!.close({ cancel: true });
    },
  };
}

test("a server gets the chunks of its clients, whole and in order", async () => {
  const received: string[] = [];
  function* serve(_task: TaskContext, connection: Connection): Steps<void> {
    for (;;) {
      const length = yield* connection.receiveExactly(4);
      if (length === undefined) break;
      const chunk = yield* connection.receiveExactly(new DataView(length.buffer, length.byteOffset).getUint32(0));
      received.push(text(chunk)!);
    }
    yield* connection.close();
  }
  function* server(task: TaskContext, listener: Listener, clients: number): Steps<void> {
    for (let left = clients; left > 0; left -= 1) {
      const { value } = yield* listener.next();
      task.spawn(serve, [value!]);
    }
  }
  function* client(_task: TaskContext, port: number, index: number): Steps<void> {
    const connection = yield* dial({ host: "127.0.0.1", port });
    for (let n = 0; n < 20; n += 1) {
      const message = new TextEncoder().encode(`${index}:${n}:${"x".repeat(n * 1000)}`);
      const header = new Uint8Array(4);
      new DataView(header.buffer).setUint32(0, message.length);
      yield* connection.send(header);
      yield* connection.send(message);
    }
    yield* connection.close();
  }
  await using listener = await listen({ port: 0 });
  const serving = spawn(server, [listener, 5]);
  await all(Array.from({ length: 5 }, (_, index) => spawn(client, [listener.port, index])));
  await serving;
  expect(received).toHaveLength(100);
  for (let index = 0; index < 5; index += 1) {
    const own = received.filter((message) => message.startsWith(`${index}:`));
    expect(own.map((message) => Number(message.split(":")[1]))).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(own.map((message) => message.split(":")[2]?.length)).toEqual(Array.from({ length: 20 }, (_, n) => n * 1000));
  }
});

test("a timeout is an error, the end of the other side is undefined, and neither loses a byte", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  await a.send("par");
  await expect(Promise.resolve(b.receiveLine({ timeoutMs: 30 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(Promise.resolve(b.receiveExactly(5, { timeoutMs: 30 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  await a.send("tial\r\nlast");
  a.end();
  expect(await b.receiveLine()).toBe("partial");
  expect(await b.receiveLine()).toBe("last");
  expect(await b.receiveLine()).toBeUndefined();
  expect(await b.receive()).toBeUndefined();
  // The other direction is still open.
  await b.send("answer\n");
  expect(await a.receiveLine()).toBe("answer");
});

test("a receive that loses a race leaves its bytes for the next one", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  expect(await race([b.receiveExactly(3), sleep(5)])).toBeUndefined();
  await a.send("abcdef");
  expect(text(await b.receiveExactly(3))).toBe("abc");
  expect(text(await b.receiveExactly(3))).toBe("def");
});

test("frames keep their borders, also empty ones and large ones", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  const large = new Uint8Array(3_000_000).fill(7);
  const sending = spawn(function* send() {
    for (const frame of ["one", "", large, "last"]) yield* a.sendFrame(frame);
  });
  const received = await all([b.receiveFrame(), b.receiveFrame(), b.receiveFrame(), b.receiveFrame()]);
  await sending;
  expect([text(received[0]), received[1]?.length, text(received[3])]).toEqual(["one", 0, "last"]);
  expect(Buffer.compare(received[2]!, large)).toBe(0);
});

test("a frame or a line over the limit is refused, and its bytes can still be read", async () => {
  await using ends = await pair({ frameLimitBytes: 100, lineLimitBytes: 100 });
  const { a, b } = ends;
  expect(() => void a.sendFrame(new Uint8Array(101))).toThrow(expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }));
  await a.send("x".repeat(200));
  await expect(Promise.resolve(b.receiveFrame())).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  await expect(Promise.resolve(b.receiveLine())).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  expect(text(await b.receiveExactly(200))).toBe("x".repeat(200));
});

test("an end in the middle of a frame is an error, and what came can be read", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  await a.send(new Uint8Array([0, 0, 0, 9, 1, 2]));
  a.end();
  await expect(Promise.resolve(b.receiveFrame())).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(await b.receive()).toEqual(new Uint8Array([0, 0, 0, 9, 1, 2]));
  expect(await b.receiveFrame()).toBeUndefined();
});

test("a sender waits while the other side does not receive, and a send that timed out has sent nothing", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  const chunk = new Uint8Array(256 * 1024).fill(1);
  let sent = 0;
  for (;;) {
    const exit = await race([a.send(chunk).then(() => "sent"), sleep(300).then(() => "full")]);
    if (exit === "full") break;
    sent += chunk.length;
    if (sent > 64 * 1024 * 1024) throw new Error("nothing pushes back");
  }
  await expect(Promise.resolve(a.send("never", { timeoutMs: 20 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  let received = 0;
  const draining = spawn(function* drain() {
    for (;;) {
      const bytes = yield* b.receive();
      if (bytes === undefined) return;
      expect(bytes.includes(110)).toBe(false); // the "n" of what was never sent
      received += bytes.length;
    }
  });
  await a.send(chunk);
  a.end();
  await draining;
  expect(received % chunk.length).toBe(0);
  expect(received).toBeGreaterThan(sent);
});

test("closing delivers what was sent, ends who receives, and may be done twice", async () => {
  await using ends = await pair();
  const { a, b } = ends;
  const waiting = Promise.resolve(a.receive());
  const failing = expect(waiting).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await a.send(new Uint8Array(200_000));
  const collected = spawn(function* collect() {
    let bytes = 0;
    yield* b.chunks().forEach((chunk) => void (bytes += chunk.length));
    return bytes;
  });
  await a.close();
  await a.close();
  await failing;
  expect(await collected).toBe(200_000);
  await expect(Promise.resolve(a.send("late"))).rejects.toMatchObject({ code: "CONNECTION_LOST" });
});

test("a connection that the other side resets is lost, not at its end", async () => {
  await using listener = await listen({ port: 0 });
  const raw = connect(listener.port, "127.0.0.1");
  const { value: connection } = await listener.next();
  const failing = expect(Promise.resolve(connection!.receive())).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  raw.resetAndDestroy();
  await failing;
  await connection!.close();
});

test("dialling a port where nobody listens says so, and a dial that is given up leaves nothing open", async () => {
  const listener = await listen({ port: 0 });
  const { port } = listener;
  await listener.close();
  await expect(Promise.resolve(dial({ host: "127.0.0.1", port }))).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
    message: expect.stringContaining("ECONNREFUSED"),
  });
  const signal = AbortSignal.abort();
  await expect(Promise.resolve(dial({ host: "127.0.0.1", port, signal }))).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("a port that is taken can't be listened on", async () => {
  await using listener = await listen({ port: 0 });
  await expect(Promise.resolve(listen({ port: listener.port }))).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
    message: expect.stringContaining("EADDRINUSE"),
  });
});

test("a listener refuses connections beyond its limit, and takes new ones when others have gone", async () => {
  await using listener = await listen({ port: 0, connections: 1 });
  const open = (): Operation<Connection> => dial({ host: "127.0.0.1", port: listener.port });
  const [first, { value: accepted }] = await all([open(), listener.next()]);
  const second = await open();
  await expect(
    Promise.resolve(second.receive()).then((end) => end ?? Promise.reject(new Error("end"))),
  ).rejects.toThrow();
  expect(listener.refused).toBe(1);
  await all([first.close(), accepted!.close(), second.close()]);
  const [third, next] = await all([open(), listener.next()]);
  await third.send("in");
  expect(text(await next.value!.receive())).toBe("in");
  await all([third.close(), next.value!.close()]);
});

test("TLS carries the bytes when the certificate's name and authority are right", async () => {
  await using listener = await listen({ port: 0, tls: { key: read("server.key"), cert: read("server.pem") } });
  const dialling = dial({ host: "localhost", port: listener.port, tls: { ca: read("ca.pem") } });
  const [a, { value: b }] = await all([dialling, listener.next()]);
  expect(a.tlsProtocol).toBe("TLSv1.3");
  await a.sendFrame("hidden");
  expect(text(await b!.receiveFrame())).toBe("hidden");
  await b!.send("bye\n");
  await b!.close();
  expect(await a.receiveLine()).toBe("bye");
  expect(await a.receiveLine()).toBeUndefined();
  await a.close();
});

test("TLS refuses a certificate of an unknown authority, and one made for another name", async () => {
  await using listener = await listen({ port: 0, tls: { key: read("server.key"), cert: read("server.pem") } });
  const { port } = listener;
  await expect(Promise.resolve(dial({ host: "localhost", port, tls: true }))).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
    hint: expect.stringContaining("tls.ca"),
  });
  await expect(Promise.resolve(dial({ host: "127.0.0.1", port, tls: { ca: read("ca.pem") } }))).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
    message: expect.stringContaining("ALTNAME"),
  });
  const named = await dial({ host: "127.0.0.1", port, tls: { ca: read("ca.pem"), serverName: "localhost" } });
  await named.close();
});

test("a listener that asks for certificates lets nobody in without one", async () => {
  const tls = { key: read("server.key"), cert: read("server.pem"), clientCa: read("ca.pem") };
  await using listener = await listen({ port: 0, tls });
  const own = { ca: read("ca.pem"), cert: read("server.pem"), key: read("server.key") };
  const [known, { value: accepted }] = await all([
    dial({ host: "localhost", port: listener.port, tls: own }),
    listener.next(),
  ]);
  await known.sendFrame("it is me");
  expect(text(await accepted!.receiveFrame())).toBe("it is me");
  // In TLS 1.3 the dialler learns of the refusal when it receives.
  const unknown = await dial({ host: "localhost", port: listener.port, tls: { ca: read("ca.pem") } });
  await expect(Promise.resolve(unknown.receive())).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(listener.refused).toBe(1);
  await all([known.close(), accepted!.close(), unknown.close()]);
});

test("a TLS listener that closes leaves open what was given out, and nothing that is still in its handshake", async () => {
  const listener = await listen({ port: 0, tls: { key: read("server.key"), cert: read("server.pem") } });
  const dialling = dial({ host: "localhost", port: listener.port, tls: { ca: read("ca.pem") } });
  const [a, { value: b }] = await all([dialling, listener.next()]);
  // One has not begun its handshake, the other one stops in the middle of it.
  const silent = [connect(listener.port, "127.0.0.1"), connect(listener.port, "127.0.0.1")];
  const ends = silent.map((socket) => once(socket.on("error", () => {}).resume(), "close"));
  await all(silent.map((socket) => once(socket, "connect")));
  silent[1]?.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
  // A connection made after them is through, so the listener knows them.
  const late = await dial({ host: "localhost", port: listener.port, tls: { ca: read("ca.pem") } });
  await listener.close();
  await all(ends);
  await b!.send("still here\n");
  expect(await a.receiveLine()).toBe("still here");
  for (const connection of [a, b!, late]) await connection.close({ cancel: true });
});

test("fifty UDP clients each get their answer", async () => {
  await using server = await udp();
  const serving = spawn(function* serve() {
    yield* server.forEach((datagram) => server.send(`echo ${text(datagram.bytes)}`, datagram.from));
  });
  function* client(task: TaskContext, index: number): Steps<string | undefined> {
    const socket = yield* task.use(udp());
    // Datagrams may get lost: ask again.
    for (;;) {
      yield* socket.send(`message ${index}`, server.address);
      const answer = yield* race([socket.receive(), sleep(200)]);
      if (answer !== undefined) return text(answer.bytes);
    }
  }
  const answers = await all(Array.from({ length: 50 }, (_, index) => spawn(client, [index])));
  expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => `echo message ${index}`));
  await server.close();
  await serving;
});

test("a socket read line by line has the same SHA-1 at both ends", async () => {
  const file = await readFile(new URL("./io-sockets.test.ts", import.meta.url));
  await using listener = await listen({ port: 0 });
  const server = spawn(function* serve() {
    const { value: connection } = yield* listener.next();
    const hash = createHash("sha1");
    let lines = 0;
    yield* connection!.lines().forEach((line) => {
      hash.update(`${line}\n`);
      lines += 1;
    });
    yield* connection!.send(`${hash.digest("hex")} ${lines}\n`);
    yield* connection!.close();
  });
  await using connection = await dial({ host: "127.0.0.1", port: listener.port });
  for (let start = 0; start < file.length; start += 777) await connection.send(file.subarray(start, start + 777));
  connection.end();
  const lines = file.toString().split("\n").length - 1;
  expect(await connection.receiveLine()).toBe(`${createHash("sha1").update(file).digest("hex")} ${lines}`);
  await server;
});

test("a chat by sockets: what one says, all others get", async () => {
  await using listener = await listen({ port: 0 });
  const server = spawn(function* chat(task: TaskContext) {
    const members = new Set<Connection>();
    function* member(_task: TaskContext, connection: Connection): Steps<void> {
      members.add(connection);
      try {
        yield* connection.sendFrame(`welcome, you are number ${members.size}`);
        yield* connection.frames().forEach((message) => tell(connection, message));
      } finally {
        members.delete(connection);
        yield* connection.close();
      }
    }
    const tell = (from: Connection, message: Uint8Array): Operation<void> =>
      op(function* () {
        for (const other of members) if (other !== from) yield* other.sendFrame(message);
      });
    yield* listener.forEach((connection) => void task.spawn(member, [connection]));
  });
  const join = async (): Promise<Connection> => dial({ host: "127.0.0.1", port: listener.port });
  const [ann, bob, eve] = await all([join(), join(), join()]);
  const welcomes = await all([ann, bob, eve].map((member) => member.receiveFrame()));
  expect(new Set(welcomes.map(text))).toEqual(new Set([1, 2, 3].map((number) => `welcome, you are number ${number}`)));
  await bob.sendFrame("hello");
  expect(text(await ann.receiveFrame())).toBe("hello");
  expect(text(await eve.receiveFrame())).toBe("hello");
  await all([ann.close(), bob.close(), eve.close()]);
  await listener.close();
  await server;
});

test("a small web server answers two thousand connections", async () => {
  const count = 2000;
  await using listener = await listen({ port: 0 });
  function* serve(_task: TaskContext, connection: Connection): Steps<void> {
    for (;;) {
      const line = yield* connection.receiveLine();
      if (line === undefined || line === "") break;
    }
    yield* connection.send("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nPong!");
    yield* connection.close();
  }
  const server = spawn(function* web(task: TaskContext) {
    yield* listener.forEach((connection) => void task.spawn(serve, [connection]));
  });
  function* client(): Steps<string> {
    const connection = yield* dial({ host: "127.0.0.1", port: listener.port });
    yield* connection.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
    let answer = "";
    yield* connection.chunks().forEach((chunk) => void (answer += text(chunk)));
    yield* connection.close();
    return answer;
  }
  const answers = await all(Array.from({ length: count }, () => spawn(client)));
  expect(answers.filter((answer) => answer.endsWith("\r\n\r\nPong!"))).toHaveLength(count);
  expect(listener.refused).toBe(0);
  await listener.close();
  await server;
});
