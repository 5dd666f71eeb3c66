/** A run as it is told to servers, and errors as events and callers get them. */
import { type Exit } from "../contracts/exit.ts";
import { cut } from "../cut-text.ts";
import { EVENT_STACK_LIMIT, EVENT_TEXT_LIMIT } from "../defaults.ts";
import { type ErrorCode, isSkeinError, SkeinError } from "../errors.ts";
import { type JobId, type ServerId, serverId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform } from "../platform.ts";
import { argsText } from "./args-text.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { type RunOne } from "./words.ts";

export function runOne(run: Run): RunOne {
  const { what, options, serial, id: task, attempt, args } = run;
  const words = { serial, task, attempt, code: what.code, fn: what.fn, plain: what.plain, args };
  if (options.client === undefined && run.buffer === undefined && !run.beside && run.span === undefined) return words;
  return {
    ...words,
    ...(run.span === undefined ? {} : { trace: run.span.carrier }),
    ...(run.beside ? { beside: true } : {}),
    ...(options.client === undefined ? {} : { client: options.client }),
    ...(run.buffer === undefined ? {} : { streams: true }),
  };
}

/** A task of a job that has not ended. */
export interface JobTask {
  readonly id: TaskId;
  /** The function's name. */
  readonly fn: string;
  readonly kind: "cpu" | "io";
  /** `queued` has no server; `sent` waits at one for those before it; `running` may have started there. */
  readonly state: "queued" | "sent" | "running";
  /** Number of the present attempt, from 1. */
  readonly attempt: number;
  readonly server?: ServerId;
}

export function taskWords(run: Run): JobTask {
  const { id, name: fn, kind, attempt, lease, started } = run;
  const words = { id, fn, kind, attempt } as const;
  if (lease === undefined) return { ...words, state: "queued" };
  return { ...words, state: started ? "running" : "sent", server: serverOf(lease) };
}

export const serverOf = (lease: Lease<Run>): ServerId => serverId(lease.server.peer, lease.server.server);

/** When a task ran, and where it was at a server. */
export interface ExitedAt {
  readonly lease?: Lease<Run>;
  readonly startedMs: number;
  readonly endedMs: number;
}

export function exitedEvent(run: Run, job: JobId, exit: Exit<unknown>, at: ExitedAt): ClusterEventBody {
  const { id: task, name: fn, attempt } = run;
  const { lease, startedMs, endedMs } = at;
  return {
    type: "task.exited",
    task,
    job,
    fn,
    attempt,
    exit: exit.type,
    startedMs,
    endedMs,
    ...(lease === undefined ? {} : { server: serverOf(lease) }),
    ...(exit.type === "lost" ? { error: errorWords(exit.error) } : {}),
    ...(exit.type === "failed" ? { error: { ...errorWords(exit.error), ...stackOf(exit.error) } } : {}),
    ...(exit.type === "failed" || exit.type === "lost" ? { argsText: argsText(run.args) } : {}),
  };
}

export function errorWords(error: Error): EventError {
  return { code: shortText(isSkeinError(error) ? error.code : error.name), message: shortText(error.message) };
}

/** Causes below an error whose stacks are told with its own. */
const CAUSES_TOLD = 3;

/** Its stack and those of its causes; each has its part of the room. */
export function stackOf(error: Error): { readonly stack?: string } {
  if (typeof error.stack !== "string" || error.stack === "") return {};
  const stacks = [error.stack];
  for (let { cause } = error; cause instanceof Error && stacks.length <= CAUSES_TOLD; { cause } = cause) {
    const { name, message, stack = "" } = cause;
    // Not every engine has the message in the stack.
    stacks.push(stack.includes(message) ? stack : `${name}: ${message}\n${stack}`);
  }
  const room = Math.floor(EVENT_STACK_LIMIT / stacks.length);
  return {
    stack: stacks
      .map((stack) => cut(stack.trimEnd(), room))
      .join("\ncaused by ")
      .slice(0, EVENT_STACK_LIMIT),
  };
}

/** A text as events show it: not longer than they may have. */
export function shortText(text: string): string {
  return cut(text, EVENT_TEXT_LIMIT);
}

/** Says on the error where it happened; errors that can't be extended stay as they are. */
export function markError(error: Error, server: ServerId, attempt: number): void {
  if (!Object.isExtensible(error)) return;
  Object.defineProperties(error, {
    server: { value: server, configurable: true, enumerable: false },
    attempt: { value: attempt, configurable: true, enumerable: false },
  });
}

/** A failure that nobody waits for when the turn is over is said once, in the log: a later wait still gets it. */
export function tellUnobserved(run: Run, error: Error, platform: Platform, logger: Logger): void {
  platform.nextTurn(() => {
    if (!run.observed) logger.warn("task.failed", { task: run.id, fn: run.name, error: error.message });
  });
}

/** How a server was lost, by the scheduler's word. */
export function serverLost({ code, message }: EventError): SkeinError {
  const known = code === "SERVER_OUT_OF_MEMORY" ? code : "SERVER_LOST";
  return new SkeinError(known, message, { hint: "see the node's log" });
}

/** A node's own words say which server ended, and how; others are told with the server they are about. */
export function goneError(code: ErrorCode, where: string, cause: Error, mapText: (text: string) => string): SkeinError {
  // The last words of a process may have places in bundles.
  const hint = isSkeinError(cause) ? mapText(cause.hint) : "see the node's log";
  const ofServer = isSkeinError(cause, "SERVER_LOST") || isSkeinError(cause, "SERVER_OUT_OF_MEMORY");
  if (code === "SERVER_LOST" && ofServer) return new SkeinError(cause.code, cause.message, { hint, cause });
  const what = code === "SERVER_LOST" ? `server ${where} ended` : `server ${where} is gone`;
  return new SkeinError(code, `${what}: ${cause.message}`, { hint, cause });
}
