/** One `ssh` to a host, from its start until the program there is ready: after that, a stream of bytes each way. */
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { SECOND_MS, SkeinError } from "@skein/runtime";
import { POOL_HOST_ALIVE_MISSES, POOL_HOST_ALIVE_MS } from "@skein/runtime/host";
import type { SshAddress } from "../../ssh-address.ts";
import { bootCommand } from "./boot.ts";
import { farProgram } from "./far-program.ts";
import { HOST_MARK } from "./host-words.ts";
import { nodeTooOld, notInTime, type SshEnd, unreachable } from "./unreachable.ts";

/** What ssh said is kept so far. */
const WORDS_LIMIT = 4096;
/** A shell there that prints more than this before our program begins is no shell for programs. */
const GREETING_LIMIT_BYTES = 65_536;
/** Older ones lack what the program needs. */
const NODE_LEAST: readonly [major: number, minor: number] = [22, 15];
/** How long a closed connection may take to end by itself. */
const END_MS: number = 2 * SECOND_MS;
/** How long the last words of an ended ssh are waited for. */
const LAST_WORDS_MS = 250;

/**
 * The user's `~/.ssh/config` counts for all that is not here: names, users, ports, keys, jump hosts, checks of host keys.
 * Nobody is asked anything, nothing is forwarded, no connection is shared with others, and a dead one is noticed.
 */
const OPTIONS: readonly string[] = [
  // No terminal, no agent, no display.
  "-T",
  "-a",
  "-x",
  "BatchMode=yes",
  "ControlMaster=no",
  "ControlPath=none",
  "ClearAllForwardings=yes",
  "RemoteCommand=none",
  `ServerAliveInterval=${POOL_HOST_ALIVE_MS / SECOND_MS}`,
  `ServerAliveCountMax=${POOL_HOST_ALIVE_MISSES}`,
].flatMap((option) => (option.startsWith("-") ? [option] : ["-o", option]));

/** The program there is ready. */
export interface SshProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** Cores that Node may use there. */
  readonly cores: number;
  /** Where bundles are kept there: a folder's URL. */
  readonly folder: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<SshEnd>;
  /** Closes its input, so that all there ends, and then itself. Twice does nothing. */
  close(): void;
}

/** @throws {SkeinError} `HOST_UNREACHABLE` with ssh's own words */
export async function startSsh(address: SshAddress, timeoutMs: number): Promise<SshProcess> {
  const program = await farProgram();
  const words = [
    ...OPTIONS,
    "-o",
    `ConnectTimeout=${Math.max(1, Math.ceil(timeoutMs / SECOND_MS))}`,
    ...address.words,
    bootCommand(address.node, program.digest, program.bytes.byteLength),
  ];
  const child = spawn("ssh", words, { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const { stdin, stdout } = child;
  // What waits for a host keeps the program alive, a host does not.
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  stdin.on("error", () => undefined); // it has ended, which is told
  const ended = endOf(child);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const timer = setTimeout(() => reject(notInTime(address, timeoutMs)), timeoutMs).unref();
  void ended.then((end) => reject(unreachable(address, end)));
  try {
    const about = await Promise.race([nextLine(stdout), failed]);
    const node = String(about["node"]);
    if (!isEnough(node)) throw nodeTooOld(address, node, NODE_LEAST);
    if (about["has"] !== true) stdin.write(program.bytes);
    const ready = await Promise.race([nextLine(stdout), failed]);
    return {
      input: stdin,
      output: stdout,
      cores: Math.max(1, Math.trunc(Number(about["cores"])) || 1),
      folder: String(ready["folder"]),
      ended,
      close: closer(child),
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function closer(child: ChildProcess): () => void {
  let closed = false;
  return () => {
    if (closed) return;
    closed = true;
    child.stdin?.end();
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS).unref();
    child.once("exit", () => clearTimeout(late));
  };
}

function endOf(child: ChildProcess): Promise<SshEnd> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-WORDS_LIMIT);
  });
  const { promise, resolve } = Promise.withResolvers<SshEnd>();
  child.once("error", (cause) => resolve({ code: null, signal: null, said: said.trim(), cause }));
  child.once("exit", (code, signal) => {
    const end = (): void => resolve({ code, signal, said: said.trim() });
    const late = setTimeout(end, LAST_WORDS_MS).unref(); // where another process has its standard error
    child.once("close", () => {
      clearTimeout(late);
      end();
    });
  });
  return promise;
}

/** The next line of ours; what a shell there prints before it is none. What comes behind it stays in the stream. */
async function nextLine(output: Readable): Promise<Record<string, unknown>> {
  return await new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const start = bytes.indexOf(`\n${HOST_MARK}`);
      const end = start < 0 ? -1 : bytes.indexOf("\n", start + 1);
      if (end < 0 && bytes.length <= GREETING_LIMIT_BYTES) return;
      output.off("data", take).pause();
      if (end < 0) {
        reject(
          new SkeinError("HOST_UNREACHABLE", "the host's shell prints something else than what it is to run", {
            hint: "let what it runs at its start print nothing when nobody is there to read it",
          }),
        );
        return;
      }
      if (end + 1 < bytes.length) output.unshift(bytes.subarray(end + 1));
      resolve(Object(JSON.parse(bytes.toString("utf8", start + HOST_MARK.length, end))));
    };
    output.on("data", take).resume();
  });
}

function isEnough(node: string): boolean {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  return major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1]);
}
