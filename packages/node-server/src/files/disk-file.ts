/** A file of this host that is read from any place, for another peer. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { SkeinError } from "@skein/runtime";
import type { FileSource } from "@skein/runtime";
import { system } from "./file-errors.ts";

// A named pipe would wait for its other end.
const READ: number = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a plain file.
 *
 * @param shown what it is called when it can't be opened; its name alone where that may go to another peer
 * @throws {SkeinError} `FILE_FAILED`
 */
export async function openDiskFile(path: string, flags = 0, shown: string = basename(path)): Promise<FileSource> {
  const name = basename(path);
  return await system(`read ${shown}`, async () => {
    const handle = await open(path, READ | flags);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw notPlain(name);
      return {
        name,
        bytes: stats.size,
        mtimeMs: stats.mtimeMs,
        executable: isExecutable(stats.mode),
        read: (at, into) => readAt(handle, name, at, into),
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

export const isExecutable = (mode: number): boolean => (mode & 0o111) !== 0;

/** @throws {SkeinError} `FILE_FAILED`, also when there is less */
export async function readAt(handle: FileHandle, name: string, at: number, into: Uint8Array): Promise<void> {
  await system(`read ${name}`, async () => {
    for (let done = 0; done < into.byteLength;) {
      const { bytesRead } = await handle.read(into, done, into.byteLength - done, at + done);
      if (bytesRead === 0) throw shorter(name);
      done += bytesRead;
    }
  });
}

export async function writeAt(handle: FileHandle, name: string, at: number, bytes: Uint8Array): Promise<void> {
  await system(`write ${name}`, async () => {
    for (let done = 0; done < bytes.byteLength;) {
      done += (await handle.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten;
    }
  });
}

const notPlain = (name: string): SkeinError =>
  new SkeinError("FILE_FAILED", `${name} is no plain file`, { hint: "folders, devices and pipes can't be sent" });

const shorter = (name: string): SkeinError =>
  new SkeinError("FILE_FAILED", `${name} became shorter while it was read`, { hint: "send it once it is complete" });
