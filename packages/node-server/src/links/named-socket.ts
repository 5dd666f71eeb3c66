/** Links by a name of the file system: unix sockets, and named pipes on Windows. For processes that can't inherit one. */
import { chmodSync, statSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import { SkeinError } from "@skein/runtime";
import type { Link } from "@skein/runtime/host";
import { socketLink } from "./socketpair.ts";

/** Links that one name holds at once; more are closed. */
export const NAMED_LINKS_LIMIT = 1024;
/** A dial that nobody answered. */
const DIAL_MS = 5000;
/** Reading and writing for the owner alone. */
const OWNER_ONLY = 0o600;

export interface LinkListener {
  readonly path: string;
  /** Takes no more, and removes the name; links that are open stay. Twice does nothing. */
  close(): void;
}

/**
 * Listens at `path` (on Windows a name such as `\\\\.\\pipe\\skein-7`). Only the user who runs this process can connect;
 * whoever does is let in, so this is no place for other users' processes.
 *
 * @param onLink takes each link that is opened; it is then its own
 * @throws {SkeinError} `OPTION_INVALID` when another process listens there, or the path can't be made
 * @example
 * const listener = await listenForLinks("/run/user/1000/skein.sock", (link) => attach(link));
 */
export async function listenForLinks(path: string, onLink: (link: Link) => void): Promise<LinkListener> {
  const serve = (socket: Socket): void => onLink(socketLink(socket, transportOf(path)));
  let server: Server;
  try {
    server = await listen(path, serve);
  } catch (error) {
    if (!isInUse(error) || isPipe(path) || (await answers(path))) throw listenFailed(path, error);
    // Its process is gone and left the name behind.
    if (!isSocket(path)) throw listenFailed(path, error);
    try {
      unlinkSync(path);
      server = await listen(path, serve);
    } catch (second) {
      throw listenFailed(path, second);
    }
  }
  server.maxConnections = NAMED_LINKS_LIMIT;
  return { path, close: () => void server.close() };
}

/**
 * Opens a link to who listens at `path`.
 *
 * @throws {SkeinError} `HOST_UNREACHABLE` when nobody does
 * @example
 * const link = await dialLink("/run/user/1000/skein.sock");
 */
export async function dialLink(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<Link> {
  return socketLink(await connect(path, options.signal), transportOf(path));
}

function listen(path: string, serve: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(serve);
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      if (!isPipe(path)) chmodSync(path, OWNER_ONLY);
      resolve(server);
    });
    // The name is made within `listen`: nobody else can connect before its mode is set. Threads have no mask of their own.
    const before = isMainThread ? process.umask(0o777 & ~OWNER_ONLY) : undefined;
    try {
      server.listen(path);
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });
}

function connect(path: string, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    const stop = (cause: unknown): void => {
      socket.destroy();
      settle(() => reject(unreachable(path, cause)));
    };
    const onAbort = (): void => stop(signal?.reason);
    const timer = setTimeout(() => stop(new Error(`no answer in ${DIAL_MS} ms`)), DIAL_MS).unref();
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      end();
    };
    socket.on("error", stop);
    socket.once("connect", () => {
      socket.off("error", stop);
      settle(() => resolve(socket));
    });
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function answers(path: string): Promise<boolean> {
  try {
    (await connect(path)).destroy();
    return true;
  } catch {
    return false;
  }
}

const isInUse = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EADDRINUSE";
const isSocket = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
const isPipe = (path: string): boolean => path.startsWith("\\\\");
const transportOf = (path: string): string => (isPipe(path) ? "pipe" : "unix");

const listenFailed = (path: string, cause: unknown): SkeinError =>
  new SkeinError("OPTION_INVALID", `can't listen at ${path}`, {
    hint: "another process may be listening there, or the folder can't be written",
    cause,
  });

const unreachable = (path: string, cause: unknown): SkeinError =>
  new SkeinError("HOST_UNREACHABLE", `nobody answers at ${path}`, { hint: "is its process running?", cause });
