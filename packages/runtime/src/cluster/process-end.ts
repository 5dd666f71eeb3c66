/** Waits for the end of a server process, and sees to it that one nobody can reach any more does end. */
import { SkeinError } from "../errors.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { SECOND_MS } from "../units.ts";
import { type ServerProcess, type ServerProcessExit } from "./contracts.ts";

/** How long frames of an ended process are waited for. */
const LAST_FRAMES_MS: number = SECOND_MS;
/** How long a process whose link is closed may take to end by itself. */
const LINK_CLOSED_MS = 500;

export interface ProcessEnd extends ServerProcessExit {
  /** It lived on without its link and was killed; this closed the link, if it was an error. */
  readonly cutOff?: string;
}

/** Resolves when the process has ended and all it said has arrived, as far as that can be known. */
export async function processEnd(process: ServerProcess, platform: Platform): Promise<ProcessEnd> {
  let timer: TimerHandle;
  let over = false;
  let cutOff: string | undefined;
  const linkClosed = (error: Error | undefined): void => {
    if (over) return;
    timer = platform.startTimer(LINK_CLOSED_MS, () => {
      cutOff = error?.message ?? "its link was closed";
      process.kill();
    });
  };
  void process.link.closed.then(linkClosed);
  const exit = await process.exited;
  over = true;
  if (timer !== undefined) platform.stopTimer(timer);
  // Results may still be on their way when the process is gone; a child of it may hold the other end open.
  await new Promise<void>((resolve) => {
    const last = platform.startTimer(LAST_FRAMES_MS, resolve);
    const ended = (): void => {
      platform.stopTimer(last);
      resolve();
    };
    void process.link.closed.then(ended);
  });
  return cutOff === undefined ? exit : { ...exit, cutOff };
}

/** How a server process ended, for those who used it. */
export function lostError(server: string, { cutOff, error, ...exit }: ProcessEnd): SkeinError {
  if (error !== undefined) return new SkeinError(error.code, `server ${server}: ${error.message}`, error);
  const ended = exit.signal === undefined ? `ended with code ${exit.code ?? "unknown"}` : `ended by ${exit.signal}`;
  const how = cutOff === undefined ? ended : `was cut off: ${cutOff}`;
  const words = exit.lastWords?.trim() ?? "";
  return new SkeinError("SERVER_LOST", `server ${server} ${how}`, {
    hint: words === "" ? "see the node's log" : `its last words: ${words}`,
  });
}

/** Why a server is lost whose process ended by itself, or could not start. */
export function asLost(server: number, error: Error): SkeinError {
  if (error instanceof SkeinError) return error;
  return new SkeinError("SERVER_LOST", `server ${server} could not start: ${error.message}`, {
    hint: "see the cause",
    cause: error,
  });
}
