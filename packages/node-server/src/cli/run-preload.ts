/** Loaded into a program by `skein run`, before its first line: an error that nobody caught is told in a few lines. */
import { inspect } from "node:util";
import { isMainThread } from "node:worker_threads";
import { isSkeinError } from "@skein/runtime";
import { exitCodeOf } from "./exit-codes.ts";
import { sayError } from "./output.ts";
import { usersFrames } from "./users-frames.ts";

// In a thread an error belongs to whoever started it.
if (isMainThread) process.on("uncaughtException", tell);

function tell(error: unknown): void {
  if (process.listenerCount("uncaughtException") > 1) return; // the program has its own way
  if (isSkeinError(error) && process.env["SKEIN_DEBUG"] === undefined) {
    sayError(error);
    const frames = usersFrames(error);
    const shown = frames.length > 0 ? frames : ["SKEIN_DEBUG=1 shows its stack"];
    for (const line of shown) process.stderr.write(`       ${line}\n`);
  } else process.stderr.write(`${inspect(error, { colors: process.stderr.isTTY && process.stderr.hasColors() })}\n`);
  process.exit(exitCodeOf(error));
}
