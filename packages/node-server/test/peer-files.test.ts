import { once } from "node:events";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Location, type Peer, startPeer } from "@skein/node-server";
import { expect, onTestFinished, test } from "vitest";
import { BreakableProxy, unusedPort } from "./breakable-proxy.ts";
import { type Command, startNode } from "./cli.ts";
import { fixture } from "./programs.ts";

const MIB = 1024 * 1024;
const LARGE = 48 * MIB;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "skein-files-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function largeFile(at: string): string {
  const path = join(at, "large.bin");
  writeFileSync(path, Buffer.from(Uint32Array.from({ length: LARGE / 4 }, (_, n) => n * 2654435761).buffer));
  return path;
}

interface FileProcess {
  readonly program: Command;
  readonly location: Location;
  readonly invite: string;
}

async function fileProcess(options: object): Promise<FileProcess> {
  const program = startNode([fixture("file-peer.ts"), JSON.stringify(options)]);
  onTestFinished(() => void program.child.stdin?.end());
  return { program, ...JSON.parse(await program.line((line) => line.includes("invite"))) };
}

async function joined(invite: string, lingerMs?: number): Promise<Peer> {
  const peer = await startPeer({ invite, runtime: createRuntime(), ...(lingerMs === undefined ? {} : { lingerMs }) });
  onTestFinished(async () => {
    await peer.close();
  });
  return peer;
}

const codeOf = async (work: PromiseLike<unknown>): Promise<string> =>
  await Promise.resolve(work).then(
    () => "none",
    (error: { readonly code: string }) => error.code,
  );

test("a file on a disk is one on another, with its time and whether it is executable", async () => {
  const [from, to] = [folder(), folder()];
  const { location, invite } = await fileProcess({ files: to });
  const peer = await joined(invite);
  const path = largeFile(from);
  chmodSync(path, 0o755);
  utimesSync(path, 1_600_000_000, 1_600_000_000.5);
  const progress: number[] = [];
  const sent = await peer.sendFile(location, path, { to: "a/b", progress: (bytes) => progress.push(bytes) });
  expect(sent).toEqual({ state: "stored" });
  const stored = join(to, "a/b/large.bin");
  expect(readFileSync(stored).equals(readFileSync(path))).toBe(true);
  expect(statSync(stored).mtimeMs).toBeCloseTo(1_600_000_000_500, -1);
  expect(statSync(stored).mode & 0o100).toBe(0o100);
  expect(progress.at(-1)).toBe(LARGE);
  expect(await peer.sendFile(location, path, { to: "a/b" })).toEqual({ state: "unchanged" });
  expect(await peer.removeFile(location, "large.bin", { to: "a/b" })).toEqual({ state: "removed" });
  expect(readdirSync(to)).toEqual([".skein-parts"]);
  expect(readdirSync(join(to, ".skein-parts"))).toEqual([]);
  expect(await codeOf(peer.sendFile(location, join(from, "nothing")))).toBe("FILE_FAILED");
  expect(await codeOf(peer.sendFile(location, from))).toBe("FILE_FAILED");
});

test("a peer with a data directory takes files, one without any folder takes none", async () => {
  const data = folder();
  const { location, invite } = await fileProcess({ data, maxFileBytes: 5 });
  const peer = await joined(invite);
  await peer.sendFile(location, { name: "hello", bytes: new TextEncoder().encode("hello") });
  expect(readFileSync(join(data, "files/hello"), "utf8")).toBe("hello");
  expect(await codeOf(peer.sendFile(location, { name: "six", bytes: new Uint8Array(6) }))).toBe("FILE_TOO_LARGE");
  const none = await fileProcess({});
  const other = await joined(none.invite);
  expect(await codeOf(other.sendFile(none.location, { name: "a", bytes: new Uint8Array(1) }))).toBe(
    "ABILITY_NOT_GRANTED",
  );
});

test("a file whose connection is cut again and again arrives", async () => {
  const [from, to] = [folder(), folder()];
  const port = await unusedPort();
  const proxy = await BreakableProxy.start(() => port);
  onTestFinished(() => proxy.close());
  const listen = [`127.0.0.1:${port}`];
  const { location, invite } = await fileProcess({ files: to, listen, announce: [`127.0.0.1:${proxy.port}`] });
  const peer = await joined(invite);
  const path = largeFile(from);
  let cuts = 0;
  const progress = (bytes: number): void => {
    if (bytes < (cuts + 1) * 10 * MIB) return;
    cuts += 1;
    proxy.cut();
  };
  await peer.sendFile(location, path, { progress });
  expect(cuts).toBe(4);
  expect(proxy.accepted).toBeGreaterThan(4);
  expect(readFileSync(join(to, "large.bin")).equals(readFileSync(path))).toBe(true);
});

test("a transfer that ended when its receiver was killed goes on where it was, also from another peer", async () => {
  const [from, data] = [folder(), folder()];
  const first = await fileProcess({ data });
  const path = largeFile(from);
  const sender = await joined(first.invite, 1000);
  const killed = once(first.program.child, "exit");
  const progress = (bytes: number): void => {
    if (bytes === LARGE / 2) first.program.child.kill("SIGKILL");
  };
  expect(await codeOf(sender.sendFile(first.location, path, { progress }))).toBe("PEER_LOST");
  await killed;
  const parts = join(data, "files/.skein-parts");
  expect(readdirSync(parts)).toHaveLength(1);
  expect(readdirSync(join(data, "files"))).toEqual([".skein-parts"]);
  const second = await fileProcess({ data });
  const other = await joined(second.invite);
  const seen: number[] = [];
  await other.sendFile(second.location, path, { progress: (bytes) => seen.push(bytes) });
  expect(seen[0]).toBeGreaterThanOrEqual(16 * MIB);
  expect(readFileSync(join(data, "files/large.bin")).equals(readFileSync(path))).toBe(true);
  expect(readdirSync(parts).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a transfer is cancelled while it goes, and is gone on with later", async () => {
  const [from, to] = [folder(), folder()];
  const { location, invite } = await fileProcess({ files: to });
  const peer = await joined(invite);
  const path = largeFile(from);
  const abort = new AbortController();
  const progress = (bytes: number): void => {
    if (bytes === LARGE / 2) abort.abort(new Error("enough"));
  };
  const sending = Promise.resolve(peer.sendFile(location, path, { progress, signal: abort.signal }));
  await expect(sending).rejects.toThrow("enough");
  expect(readdirSync(to)).toEqual([".skein-parts"]);
  expect(await peer.sendFile(location, path)).toEqual({ state: "stored" });
  expect(readFileSync(join(to, "large.bin")).equals(readFileSync(path))).toBe(true);
});
