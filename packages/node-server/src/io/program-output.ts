/** All that a program prints, collected until it ends. */
import { isSkeinError, race, SkeinError, sleep, type Steps, type WaitOptions } from "@skein/runtime";
import { PROGRAM_OUTPUT_LIMIT_BYTES } from "@skein/runtime/host";
import type { ErrorOutput } from "./error-output.ts";
import type { Program, ProgramExit } from "./program.ts";

/** What {@link Program.output} collected. */
export interface ProgramOutput {
  readonly bytes: Uint8Array;
  /** The same as text. */
  readonly text: string;
  /** The last lines of standard error, of all programs. */
  readonly errors: string;
  readonly exit: ProgramExit;
}

export interface OutputOptions extends WaitOptions {
  /** Written to the first program; then its standard input is ended. */
  readonly input?: Uint8Array | string;
  /** More output than this throws `MESSAGE_TOO_LARGE` and kills the programs. Default 16 MiB. */
  readonly limitBytes?: number;
  /** Don't throw when a program ends with another exit code than 0. */
  readonly anyCode?: boolean;
}

/** How long the last words of a failed program are waited for; what it started may hold its standard error open. */
const LAST_WORDS_MS = 200;
const LAST_WORDS_LINES = 10;

/** What {@link Program.output} does. */
export function* collectOutput(program: Program, errors: ErrorOutput, options: OutputOptions): Steps<ProgramOutput> {
  const { input, signal, limitBytes = PROGRAM_OUTPUT_LIMIT_BYTES } = options;
  const parts: Uint8Array[] = [];
  let size = 0;
  let done = false;
  const kill = (): void => program.kill();
  signal?.addEventListener("abort", kill, { once: true });
  try {
    signal?.throwIfAborted();
    if (input !== undefined) yield* writeIfRead(program, input);
    program.end();
    yield* program.chunks().forEach((chunk) => {
      size += chunk.length;
      if (size > limitBytes) throw tooMuchError(limitBytes);
      parts.push(chunk);
    });
    const exit = yield* program.exit();
    signal?.throwIfAborted();
    done = true;
    const failed = exit.all.some((end) => end.code !== 0);
    if (failed) yield* race([errors.ended, sleep(LAST_WORDS_MS)]);
    if (exit.code !== 0 && options.anyCode !== true) throw exitError(exit, errors.kept);
    const bytes = Buffer.concat(parts);
    return { bytes, text: bytes.toString(), errors: errors.kept, exit };
  } finally {
    signal?.removeEventListener("abort", kill);
    if (!done) kill();
  }
}

/** A program that ends without reading its input has not failed because of that. */
function* writeIfRead(program: Program, input: Uint8Array | string): Steps<void> {
  try {
    yield* program.write(input);
  } catch (error) {
    if (!isSkeinError(error, "PROGRAM_FAILED")) throw error;
  }
}

function tooMuchError(limitBytes: number): SkeinError {
  return new SkeinError("MESSAGE_TOO_LARGE", `a program printed more than ${limitBytes} bytes`, {
    hint: "read its output as it comes, with lines() or read(), or raise limitBytes",
  });
}

function exitError(exit: ProgramExit, lastWords: string): SkeinError {
  const how = exit.signal === undefined ? `with code ${exit.code}` : `by ${exit.signal}`;
  const words = lastWords.split("\n").slice(-LAST_WORDS_LINES).join("\n");
  return new SkeinError("PROGRAM_FAILED", `a program ended ${how}${words === "" ? "" : `: ${words}`}`, {
    hint: "give anyCode: true where other codes than 0 are no failure, as with grep",
  });
}
