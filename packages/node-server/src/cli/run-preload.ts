/** Loaded into a program by `skein run`, before its first line: an error that nobody caught is told in a few lines. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { isMainThread } from "node:worker_threads";
import { isSkeinError } from "@skein/runtime";
import { exitCodeOf } from "./exit-codes.ts";
import { sayError } from "./output.ts";

/** Of the user's own lines, those that say where it came from. */
const FRAMES_SHOWN = 5;
/** Where our packages are; what stands in their sources is of no use to the program's author. */
const PACKAGES = dirname(fileURLToPath(new URL("../..", import.meta.url)));

// In a thread an error belongs to whoever started it.
if (isMainThread) process.on("uncaughtException", tell);

function tell(error: unknown): void {
  if (process.listenerCount("uncaughtException") > 1) return; // the program has its own way
  if (isSkeinError(error) && process.env["SKEIN_DEBUG"] === undefined) {
    sayError(error);
    const frames = framesOf(error);
    const shown = frames.length > 0 ? frames : ["SKEIN_DEBUG=1 shows its stack"];
    for (const line of shown) process.stderr.write(`       ${line}\n`);
  } else process.stderr.write(`${inspect(error, { colors: process.stderr.isTTY && process.stderr.hasColors() })}\n`);
  process.exit(exitCodeOf(error));
}

/** The lines of the stack that are not Node's, ours, or of installed packages. */
function framesOf(error: Error): readonly string[] {
  const lines = error.stack?.split("\n").map((line) => line.trim()) ?? [];
  return lines.filter((line) => line.startsWith("at ") && isUsers(line)).slice(0, FRAMES_SHOWN);
}

const isUsers = (line: string): boolean =>
  !/\(node:|at node:|[\\/]node_modules[\\/]/.test(line) &&
  !(line.includes(PACKAGES) && /[\\/](?:src|dist)[\\/]/.test(line));
