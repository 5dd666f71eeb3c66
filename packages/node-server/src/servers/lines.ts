/** Text that comes in pieces, handed on as whole lines. */
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** A longer line is handed on in pieces of this many characters: a process that never ends one must not fill memory. */
export const LINE_LIMIT: number = 16 * 1024;

/**
 * Calls back for each line of `stream`, without its end; the rest at the end of the stream is a line too.
 *
 * @example
 * eachLine(child.stderr, (line) => logger.info("server.stderr", { line }));
 */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    while (rest.length > LINE_LIMIT) {
      onLine(rest.slice(0, LINE_LIMIT));
      rest = rest.slice(LINE_LIMIT);
    }
  };
  stream.on("data", (bytes: Buffer) => take(decoder.write(bytes)));
  stream.on("error", () => {}); // the process has ended; its exit is told elsewhere
  stream.on("end", () => {
    take(decoder.end());
    if (rest !== "") onLine(rest);
    rest = "";
  });
}
