/** Ports nobody asked for by number: the usual one, or the next that is free. */
import { createServer } from "node:net";
import { SkeinError } from "@skein/runtime";

/** Ports tried from the first one on. */
const TRIES = 100;

/**
 * The first port from `first` on that nothing listens on at `host`.
 *
 * @throws {SkeinError} `OPTION_INVALID` when 100 in a row are taken
 * @example
 * const port = await freePort("127.0.0.1", 4100);
 */
export async function freePort(host: string, first: number, except: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = first; port < first + TRIES; port += 1) {
    if (!except.has(port) && (await isFree(host, port))) return port;
  }
  throw new SkeinError("OPTION_INVALID", `no port from ${first} to ${first + TRIES - 1} is free`, {
    hint: "name one with --listen",
  });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
