import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { all, race, sleep, spawn } from "@skein/runtime";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromNodeStream, intoNodeStream, openFile, readLines, toNodeStream } from "@skein/node-server";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-io-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

test("a file is written and read back, by bytes and by lines", async () => {
  const path = join(folder, "poem.txt");
  const writing = await openFile(path, { mode: "w" });
  await writing.write("first\nsecond\r\n");
  await writing.write(new TextEncoder().encode("last without newline"));
  await writing.close();
  await using file = await openFile(path);
  expect(text(await file.read(3))).toBe("fir");
  expect(await file.readLine()).toBe("st");
  const rest: string[] = [];
  for await (const line of file.lines()) rest.push(line);
  expect(rest).toEqual(["second", "last without newline"]);
  expect(await file.readLine()).toBeUndefined();
  file.seek(6);
  expect(text(await file.readExactly(6))).toBe("second");
  await expect(Promise.resolve(file.readExactly(1000))).rejects.toMatchObject({ code: "FILE_FAILED" });
  expect(text(await file.read())).toBe("\r\nlast without newline");
});

test("reads and writes of one file share a position", async () => {
  const path = join(folder, "both");
  await using file = await openFile(path, { mode: "w+" });
  await file.write("0123456789");
  file.seek(2);
  expect(text(await file.read(3))).toBe("234");
  expect(file.position).toBe(5);
  await file.write("xx");
  expect(text(await file.read())).toBe("789");
  expect(readFileSync(path, "utf8")).toBe("01234xx789");
});

test("a large file comes whole, chunk by chunk, while other tasks run", async () => {
  const path = join(folder, "large");
  const content = Buffer.alloc(2_000_000, "skein ");
  writeFileSync(path, content);
  let turns = 0;
  const other = spawn(
    function* count() {
      for (;;) {
        yield* sleep(0);
        turns += 1;
      }
    },
    [],
    { background: true },
  );
  await using file = await openFile(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  await other.cancel();
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
  expect(turns).toBeGreaterThan(10);
});

test("a reader at the end of a file gets what is added later", async () => {
  const path = join(folder, "log");
  await using log = await openFile(path, { mode: "a" });
  await using tail = await openFile(path);
  expect(await tail.readLine()).toBeUndefined();
  await log.write("one\n");
  expect(await tail.readLine()).toBe("one");
  expect(await tail.readLine()).toBeUndefined();
  await log.write("two\n");
  expect(await tail.readLine()).toBe("two");
});

test("a file that can't be opened, read or written says why", async () => {
  await expect(Promise.resolve(openFile(join(folder, "missing")))).rejects.toMatchObject({
    code: "FILE_FAILED",
    message: expect.stringContaining("ENOENT"),
  });
  await using directory = await openFile(folder);
  await expect(Promise.resolve(directory.read())).rejects.toMatchObject({
    code: "FILE_FAILED",
    message: expect.stringContaining("EISDIR"),
  });
  const path = join(folder, "there");
  writeFileSync(path, "");
  await expect(Promise.resolve(openFile(path, { mode: "wx" }))).rejects.toMatchObject({ code: "FILE_FAILED" });
  await using file = await openFile(path);
  await expect(Promise.resolve(file.write("x"))).rejects.toMatchObject({ message: expect.stringContaining("EBADF") });
  await file.close();
  await expect(Promise.resolve(file.read())).rejects.toMatchObject({ message: expect.stringContaining("closed") });
});

test.skipIf(process.platform === "win32")(
  "a named pipe is read while it is written, and a read of it can time out",
  async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const reading = await openFile(path);
    await expect(Promise.resolve(reading.readLine({ timeoutMs: 20 }))).rejects.toMatchObject({ code: "TIMEOUT" });
    const writing = await openFile(path, { mode: "w" });
    await writing.write("through the pipe\n");
    expect(await reading.readLine()).toBe("through the pipe");
    await writing.close();
    expect(await reading.readLine()).toBeUndefined();
    await reading.close();
  },
);

test("lines come from Node streams, Web streams and iterables of chunks cut anywhere", async () => {
  const parts = ["a", "b\nc", "", "d\n", "é".slice(0, 1), "f"];
  const chunks = parts.map((part) => new TextEncoder().encode(part));
  async function* iterable(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const web = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for (const source of [toNodeStream(chunks, { objectMode: false }), web, iterable(), parts.values()]) {
    const lines: string[] = [];
    // `parts.values()` is an iterator without waits; readLines takes asynchronous ones.
    const stream = Symbol.asyncIterator in source ? readLines(source) : readLines(toNodeStream(source));
    for await (const line of stream) lines.push(line);
    expect(lines).toEqual(["ab", "cd", "éf"]);
  }
});

test("who stops reading lines leaves the rest of a Node stream for the next reader", async () => {
  const source = new PassThrough();
  source.write("one\ntwo\nthree\n");
  for await (const line of readLines(source)) {
    expect(line).toBe("one");
    break;
  }
  source.end("four\n");
  const rest: string[] = [];
  for await (const line of readLines(source)) rest.push(line);
  expect(rest).toEqual(["two", "three", "four"]);
});

test("readers of one Node stream's lines follow each other, however the last one stopped, and lose nothing", async () => {
  const source = new PassThrough();
  const lines = readLines(source);
  const seen: string[] = [];
  source.write("one\ntwo\nth");
  const into = (name: string) => (line: string) => void seen.push(`${name} ${line}`);
  expect(await race([lines.forEach(into("raced")), sleep(20)])).toBeUndefined();
  source.write("ree\nfour\n");
  const cancelled = spawn(function* () {
    yield* readLines(source).forEach(function* (line) {
      into("cancelled")(line);
      yield* sleep(10_000);
    });
  });
  await vi.waitFor(() => expect(seen).toContain("cancelled three"), { timeout: 30_000 });
  await cancelled.cancel();
  expect((await lines.next()).value).toBe("four");
  source.write("fi");
  expect(await race([lines.next(), sleep(20)])).toBeUndefined();
  source.end("ve\nsix\n");
  await readLines(source).forEach(into("last"));
  expect(seen).toEqual(["raced one", "raced two", "cancelled three", "last five", "last six"]);
});

test("what readers of lines left of a Node stream is there for others", async () => {
  const source = new PassThrough();
  source.write("one\ntwo\nthr");
  const lines = readLines(source);
  expect(await race([lines.forEach(() => sleep(10_000)), sleep(20)])).toBeUndefined();
  expect((await fromNodeStream(source).next()).value?.toString()).toBe("two\nthr");
});

test("lines of an iterable go on after a forEach that was given up", async () => {
  const gate = Promise.withResolvers<void>();
  async function* chunks(): AsyncGenerator<string> {
    yield "one\ntw";
    await gate.promise;
    yield "o\nthree\n";
  }
  const lines = readLines(chunks());
  const seen: string[] = [];
  expect(await race([lines.forEach((line) => void seen.push(line)), sleep(20)])).toBeUndefined();
  gate.resolve();
  await lines.forEach((line) => void seen.push(line));
  expect(seen).toEqual(["one", "two", "three"]);
});

test("a wait for a chunk of a Node stream that is given up takes nothing with it", async () => {
  const source = new PassThrough();
  const stream = fromNodeStream(source);
  expect(await race([stream.next(), sleep(5)])).toBeUndefined();
  source.end("bytes");
  expect((await stream.next()).value?.toString()).toBe("bytes");
  expect((await stream.next()).done).toBe(true);
});

test("a file goes through Node's gzip and back, pushed back all the way", async () => {
  const path = join(folder, "in");
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => `line ${index * 7919}\n`).join(""));
  writeFileSync(path, content);
  await using file = await openFile(path);
  const gzip = createGzip();
  const gunzip = createGunzip();
  const out: Buffer[] = [];
  await all([
    intoNodeStream(file.chunks(), gzip),
    intoNodeStream(fromNodeStream(gzip), gunzip),
    fromNodeStream(gunzip).forEach((chunk) => void out.push(chunk)),
  ]);
  expect(Buffer.concat(out).equals(content)).toBe(true);
});

test("a Node stream that breaks ends who writes to it and who reads it with its error", async () => {
  const broken = new PassThrough();
  const failing = expect(Promise.resolve(fromNodeStream(broken).next())).rejects.toThrow("broken");
  broken.destroy(new Error("broken"));
  await failing;
  const source = fromNodeStream<string>(toNodeStream(["x"]));
  await expect(Promise.resolve(intoNodeStream(source, broken))).rejects.toThrow("broken");
});

test("a Node stream that breaks or is closed before its end never reads as one that ended", async () => {
  const died = new PassThrough();
  const error = once(died, "error");
  died.write("half a li");
  died.destroy(new Error("disk died"));
  await error;
  await expect(Promise.resolve(readLines(died).next())).rejects.toThrow("disk died");
  await expect(Promise.resolve(fromNodeStream(died).next())).rejects.toThrow("disk died");

  const cut = new PassThrough();
  const lines = readLines(cut);
  cut.write("whole\nhalf a li");
  expect((await lines.next()).value).toBe("whole");
  const half = expect(Promise.resolve(lines.next())).rejects.toMatchObject({ code: "FILE_FAILED" });
  cut.destroy();
  await half;
  await expect(Promise.resolve(readLines(cut).next())).rejects.toMatchObject({ code: "FILE_FAILED" });

  const closed = new PassThrough();
  const chunk = expect(Promise.resolve(fromNodeStream(closed).next())).rejects.toMatchObject({ code: "FILE_FAILED" });
  closed.destroy();
  await chunk;
  const unwritten = intoNodeStream(fromNodeStream<string>(toNodeStream(["x"])), closed);
  await expect(Promise.resolve(unwritten)).rejects.toMatchObject({ code: "FILE_FAILED" });

  const whole = new PassThrough();
  whole.end("last");
  const read: string[] = [];
  for await (const line of readLines(whole)) read.push(line);
  expect(read).toEqual(["last"]);
  expect((await readLines(whole).next()).done).toBe(true);
  expect((await fromNodeStream(whole).next()).done).toBe(true);
});
