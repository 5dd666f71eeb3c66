/** What a server has to tell its client, gathered into notes of bounded size; a value that can't travel spoils only its own task. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { EVENT_LIMIT_BYTES, NOTE_BYTES } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { resultError } from "./args-error.ts";
import { shortText } from "./run-words.ts";
import { type Begin, type News, type RunExit, type RunLog } from "./words.ts";

/** Log entries kept between two notes; more are counted in their place. */
const LOGS_LIMIT = 1000;
/** A note without its exits and logs, and one number in it. */
const HEAD_BYTES = 200;
const NUMBER_BYTES = 5;

type Head = Pick<News, "started" | "running" | "withdrawn">;
type Words = Omit<News, "lease" | "job">;

const NO_HEAD: Head = { started: [], running: [], withdrawn: [] };

export class NewsBox {
  readonly #procedures: Procedures;
  readonly #to: Endpoint;
  readonly #name: string;
  readonly #words: Pick<News, "lease" | "job">;
  #started: number[] = [];
  #running: number[] = [];
  #withdrawn: number[] = [];
  /** Beside each exit and each log entry, its bytes. */
  #exits: RunExit[] = [];
  #exitBytes: number[] = [];
  #logs: RunLog[] = [];
  #logBytes: number[] = [];
  #omittedLogs = 0;

  constructor(procedures: Procedures, begin: Begin) {
    this.#procedures = procedures;
    this.#to = begin.client;
    this.#name = `${begin.inbox}.news`;
    this.#words = { lease: begin.lease, job: begin.job };
  }

  started(serial: number): void {
    this.#started.push(serial);
  }

  running(serial: number): void {
    this.#running.push(serial);
  }

  exited(exit: RunExit): void {
    try {
      this.#exitBytes.push(this.#procedures.check(exit));
      this.#exits.push(exit);
    } catch (error) {
      this.exited(this.#unsendable(exit, error));
    }
  }

  withdrawn(serial: number): void {
    this.#withdrawn.push(serial);
  }

  log({ text, fields, ...rest }: RunLog): void {
    if (this.#logs.length >= LOGS_LIMIT) {
      this.#omittedLogs += 1;
      return;
    }
    const log: RunLog = { ...rest, text: shortText(text) };
    const whole = fields === undefined ? log : { ...log, fields };
    const bytes = this.#bytesOf(whole);
    const fits = bytes <= EVENT_LIMIT_BYTES;
    this.#logs.push(fits ? whole : log);
    this.#logBytes.push(fits ? bytes : this.#bytesOf(log));
  }

  get size(): number {
    return (
      this.#started.length + this.#running.length + this.#exits.length + this.#withdrawn.length + this.#logs.length
    );
  }

  send(): void {
    if (this.size === 0) return;
    if (this.#omittedLogs > 0) {
      this.#logs.push({ level: "warn", text: "log.omitted", fields: { count: this.#omittedLogs } });
      this.#logBytes.push(NUMBER_BYTES);
      this.#omittedLogs = 0;
    }
    let head: Head = { started: this.#started, running: this.#running, withdrawn: this.#withdrawn };
    let bytes = HEAD_BYTES + NUMBER_BYTES * (head.started.length + head.running.length + head.withdrawn.length);
    const whole = bytes + sum(this.#exitBytes) + sum(this.#logBytes);
    const allExits = this.#exits;
    const allLogs = this.#logs;
    const exitBytes = this.#exitBytes;
    const logBytes = this.#logBytes;
    this.#started = [];
    this.#running = [];
    this.#withdrawn = [];
    this.#exits = [];
    this.#exitBytes = [];
    this.#logs = [];
    this.#logBytes = [];
    if (whole <= NOTE_BYTES) {
      this.#notify({ ...head, exits: allExits, logs: allLogs }, whole);
      return;
    }
    const exits = new Pile(allExits, exitBytes);
    const logs = new Pile(allLogs, logBytes);
    do {
      // Logs first: once its exit is there, nobody knows whose they were.
      const someLogs = logs.take(NOTE_BYTES - bytes, true);
      bytes += someLogs.bytes;
      const someExits = exits.take(NOTE_BYTES - bytes, someLogs.items.length === 0);
      bytes += someExits.bytes;
      this.#notify({ ...head, exits: someExits.items, logs: someLogs.items }, bytes);
      head = NO_HEAD;
      bytes = HEAD_BYTES;
    } while (logs.left + exits.left > 0);
  }

  #notify(words: Words, bytes: number): void {
    const onFailed = (error: Error): void => this.#unsent(words, error);
    this.#procedures.notify(this.#to, this.#name, { ...this.#words, ...words }, { bytes, onFailed });
  }

  /** Something in it changed after it was checked, or is too large after all: each goes by itself, or in its place an error. */
  #unsent({ exits, logs, ...head }: Words, error: Error): void {
    const alone = exits.length + logs.length === 1;
    if (head.started.length + head.running.length + head.withdrawn.length > 0) {
      this.#notify({ ...head, exits: [], logs: [] }, HEAD_BYTES);
    }
    for (const { fields, ...bare } of logs) {
      const log = alone || fields === undefined ? bare : { ...bare, fields };
      this.#notify({ ...NO_HEAD, exits: [], logs: [log] }, HEAD_BYTES);
    }
    for (const exit of exits) {
      this.#notify({ ...NO_HEAD, exits: [alone ? this.#unsendable(exit, error) : exit], logs: [] }, HEAD_BYTES);
    }
  }

  /** Its result is what can't travel. */
  #unsendable(exit: RunExit, error: unknown): RunExit {
    const value = exit.exit.type === "returned" ? exit.exit.value : undefined;
    const told = resultError(value, (one) => this.#procedures.check(one), errorFrom(error));
    return { ...exit, exit: { type: "failed", error: told } };
  }

  /** Infinity for what can't travel. */
  #bytesOf(log: RunLog): number {
    try {
      return this.#procedures.check(log);
    } catch {
      return Infinity;
    }
  }
}

function sum(sizes: readonly number[]): number {
  let all = 0;
  for (const size of sizes) all += size;
  return all;
}

/** Things with their sizes, taken off from the front. */
class Pile<T> {
  readonly #items: readonly T[];
  readonly #bytes: readonly number[];
  #taken = 0;

  constructor(items: readonly T[], bytes: readonly number[]) {
    this.#items = items;
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#items.length - this.#taken;
  }

  /** As many as fit into `room`; at least one when `some`. */
  take(room: number, some: boolean): { readonly items: readonly T[]; readonly bytes: number } {
    const from = this.#taken;
    let bytes = 0;
    while (this.#taken < this.#items.length) {
      const next = this.#bytes[this.#taken] ?? 0;
      if (bytes + next > room && !(some && this.#taken === from)) break;
      bytes += next;
      this.#taken += 1;
    }
    const whole = from === 0 && this.#taken === this.#items.length;
    return { items: whole ? this.#items : this.#items.slice(from, this.#taken), bytes };
  }
}
