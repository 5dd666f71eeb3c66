/** A console without a cluster: its pages show what another console's page has recorded. */
import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type PeerId, SkeinError } from "@skein/runtime";
import { consolePages } from "./pages.ts";
import { type ServedConsole, startConsole, type StartConsoleOptions } from "./start-console.ts";

/** Enough for the first line of any version. */
const HEAD_BYTES = 4096;

export interface ConsoleOfRecordingOptions extends Pick<
  StartConsoleOptions,
  "host" | "port" | "tls" | "dataPath" | "sessionKey" | "logger"
> {
  readonly file: string;
}

/**
 * Serves it. The file is read when a page opens, and never changed.
 *
 * @throws {SkeinError} `OPTION_INVALID` for a file that is no recording or can't be read, and as {@link startConsole}
 */
export async function consoleOfRecording({ file, ...options }: ConsoleOfRecordingOptions): Promise<ServedConsole> {
  const path = resolve(file);
  await checkRecording(path);
  return await startConsole({
    ...options,
    pages: consolePages(),
    // Nobody is behind it.
    peer: "" as PeerId,
    addresses: () => [],
    session: { name: basename(path), path },
  });
}

async function checkRecording(path: string): Promise<void> {
  let head: string;
  try {
    head = await firstLine(path);
  } catch (cause) {
    throw new SkeinError("OPTION_INVALID", `${path} can't be read`, { hint: "name a file that is there", cause });
  }
  if (isHead(head)) return;
  throw new SkeinError("OPTION_INVALID", `${path} is no recording of skein`, {
    hint: "save one on the page Record of a console",
  });
}

/** Of its beginning: the head is short. */
async function firstLine(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
  return buffer.toString("utf8", 0, bytesRead).split("\n")[0] ?? "";
}

function isHead(line: string): boolean {
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === "object" && head !== null && "skein" in head && head.skein === "recording";
  } catch {
    return false;
  }
}
