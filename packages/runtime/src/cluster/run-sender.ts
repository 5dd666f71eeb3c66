/** Sends a server its tasks, in notes of bounded size; one that can't travel fails by itself. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { NOTE_BYTES } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { argsError } from "./args-error.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { runOne, serverOf } from "./run-words.ts";
import { type RunOne } from "./words.ts";

/** The note itself, without its tasks. */
const HEAD_BYTES = 100;
/** A task in it, without its arguments: its names, its code, who sends it. */
const RUN_BYTES = 250;
const NUMBER_BYTES = 5;
/** What says to which trace it belongs; more than a few headers are rare. */
const TRACE_BYTES = 250;

/** Notes how much a task's arguments are, before it waits for a server; gives the error when they can't travel. */
export function weighArgs(run: Run, check: (value: unknown) => number): Error | undefined {
  try {
    run.argsBytes = check(run.args);
    return undefined;
  } catch (error) {
    return argsError(run.name, run.args, check, errorFrom(error));
  }
}

export interface RunSenderOptions {
  /** Tells a server. @throws {SkeinError} when the value can't travel */
  readonly tell: (server: Endpoint, name: string, words: unknown, options?: NotifyOptions) => void;
  /** About how many bytes a value takes. @throws {SkeinError} when it can't travel */
  readonly check: (value: unknown) => number;
  /** The task can't be sent. */
  readonly refused: (lease: Lease<Run>, serial: number, error: Error) => void;
}

export class RunSender {
  readonly #options: RunSenderOptions;

  constructor(options: RunSenderOptions) {
    this.#options = options;
  }

  send(lease: Lease<Run>, runs: readonly Run[]): void {
    let note: RunOne[] = [];
    let bytes = HEAD_BYTES;
    for (const run of runs) {
      const size = RUN_BYTES + run.argsBytes + (run.span === undefined ? 0 : TRACE_BYTES);
      run.span?.sent(serverOf(lease), run.attempt);
      if (note.length > 0 && bytes + size > NOTE_BYTES) {
        this.#tell(lease, note, bytes);
        note = [];
        bytes = HEAD_BYTES;
      }
      note.push(runOne(run));
      bytes += size;
    }
    if (note.length > 0) this.#tell(lease, note, bytes);
  }

  #tell(lease: Lease<Run>, runs: readonly RunOne[], bytes: number): void {
    const onFailed = (error: Error): void => this.#unsent(lease, runs, error);
    const heard = lease.heard.splice(0);
    const words = { lease: lease.id, runs, ...(heard.length === 0 ? {} : { heard }) };
    this.#options.tell(lease.server, "server.run", words, { bytes: bytes + NUMBER_BYTES * heard.length, onFailed });
  }

  /** One of them changed after it was checked, or is too large after all: each goes by itself, or fails. */
  #unsent(lease: Lease<Run>, runs: readonly RunOne[], error: Error): void {
    const [only] = runs;
    if (runs.length > 1) for (const run of runs) this.#tell(lease, [run], HEAD_BYTES);
    else if (only !== undefined) {
      const { check, refused } = this.#options;
      refused(lease, only.serial, argsError(only.fn, only.args, check, error));
    }
  }
}
