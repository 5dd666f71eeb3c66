/** Named pipes as files: streams of bytes without a position. */
import { constants, open } from "node:fs";
import { Socket } from "node:net";
import { SkeinError } from "@skein/runtime";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { reasonOf } from "./connection.ts";
import type { FileParts } from "./file-body.ts";

/**
 * Opens a named pipe. For reading it does not wait for a writer. For writing it waits for a reader, in one of the
 * four threads that Node has for files.
 */
export async function openPipe(path: string, mode: string, lineLimitBytes: number | undefined): Promise<FileParts> {
  const reads = mode === "r";
  const flags = reads ? constants.O_RDONLY | constants.O_NONBLOCK : constants.O_WRONLY;
  const socket = new Socket({ fd: await openFd(path, flags), readable: reads, writable: !reads });
  const lost = (cause?: Error): SkeinError =>
    new SkeinError("FILE_FAILED", `${path}: the pipe is closed${reasonOf(cause)}`, {
      hint: "open it again when the other side is there",
      cause,
    });
  const writer = new ByteWriter(path, socket, lost);
  const reader = new ByteReader({
    what: path,
    code: "FILE_FAILED",
    lineLimitBytes,
    source: { want: () => socket.resume(), enough: () => socket.pause() },
  });
  socket.pause();
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("end", () => reader.end());
  const gone = new Promise<void>((resolve) => {
    socket.on("close", () => {
      reader.end(lost);
      writer.close();
      resolve();
    });
  });
  socket.on("error", (cause) => {
    reader.end(() => lost(cause));
    writer.close(() => lost(cause));
  });
  return {
    reader,
    write: (bytes, options) => writer.send([bytes], options),
    async close() {
      reader.close(lost);
      if (reads) socket.destroy();
      else {
        writer.end();
        socket.once("finish", () => socket.destroy());
      }
      await gone;
    },
  };
}

/** The descriptor itself: what `node:fs/promises` gives closes it when nobody holds it any more. */
function openFd(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, descriptor) => {
      if (error === null) resolve(descriptor);
      else reject(error);
    });
  });
}
