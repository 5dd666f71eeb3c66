/** The work of `skein map`: lines go through a pool, results come out in order, and neither side runs away from the other. */
import { errorFrom, MIB, type PlainFunction, type Pool } from "@skein/runtime";
import { InOrder } from "./in-order.ts";
import type { JobLog } from "./job-log.ts";
import type { LinePrinter } from "./line-printer.ts";
import type { Line } from "./map-lines.ts";
import { errorFields, itemOf, jsonText, lineText } from "./map-text.ts";

export type OnError = "stop" | "skip" | "tell";

export interface LineMapOptions {
  /** Each line is a JSON value; with `star` a list of arguments. */
  readonly json: boolean;
  readonly star: boolean;
  /** Results as lines of text. */
  readonly lines: boolean;
  readonly ordered: boolean;
  readonly onError: OnError;
  /** Items taken ahead of what is printed. */
  readonly inFlight: number;
  readonly chunk: number | "auto";
  readonly retries: number | undefined;
  readonly itemTimeoutMs: number | undefined;
  readonly log: JobLog | undefined;
  /** Told of each failed item that is not printed. */
  readonly sayFailed: (where: string, error: Error) => void;
}

/** Lines ahead of what is printed take no more than this in all. */
const AHEAD_BYTES: number = 64 * MIB;

type Outcome = { readonly line: Line } & ({ readonly json: string } | { readonly error: Error });

/** An item that failed, where the first failure ends it. */
export interface FirstFailure {
  readonly where: string;
  readonly error: Error;
}

export class LineMap {
  readonly #options: LineMapOptions;
  readonly #printer: LinePrinter;
  readonly #order: InOrder<Outcome>;
  /** What workers have, by its number in the pool's map. */
  readonly #open = new Map<number, Line>();
  #taken = 0;
  #ahead = 0;
  #aheadBytes = 0;
  #room = Promise.withResolvers<void>();
  /** Nothing more is taken. */
  #halted = false;
  #failure: FirstFailure | undefined;
  /** Items that have ended, of them failed; bytes of their lines. */
  done = 0;
  failed = 0;
  doneBytes = 0;

  constructor(printer: LinePrinter, options: LineMapOptions) {
    this.#options = options;
    this.#printer = printer;
    this.#order = new InOrder(1, (outcome) => this.#give(outcome));
  }

  /** Resolves when all is done and printed, or with the failure that ended it. @throws what the input throws, or `signal`'s reason */
  async run(
    pool: Pool,
    fn: PlainFunction,
    lines: AsyncIterable<readonly Line[]>,
    signal: AbortSignal,
  ): Promise<FirstFailure | undefined> {
    const { star, inFlight, chunk, retries, itemTimeoutMs } = this.#options;
    const settings = {
      ordered: false,
      onError: "yield",
      inFlight,
      chunk,
      star,
      signal,
      ...(retries === undefined ? {} : { retries }),
      ...(itemTimeoutMs === undefined ? {} : { itemTimeoutMs }),
    } as const;
    // Whatever the function takes, it is given what the lines say.
    const any = fn as (...args: unknown[]) => unknown;
    const items = this.#items(lines);
    // With `star` each item was seen to be a list.
    const exits = star
      ? pool.map(any, items as AsyncIterable<unknown[]>, { ...settings, star: true })
      : pool.map(any, items, settings);
    for await (const exit of exits) {
      const line = this.#open.get(exit.index);
      if (line === undefined) throw new TypeError(`the pool told item ${exit.index} twice`);
      this.#open.delete(exit.index);
      if (exit.type === "returned") this.#ended({ line, json: jsonText(exit.value) });
      else this.#ended({ line, error: "error" in exit ? exit.error : errorFrom(exit.reason) });
      if (this.#failure !== undefined) break;
      if (this.#printer.full) await this.#printer.flush();
    }
    await this.#printer.flush();
    this.#options.log?.flush();
    return this.#failure;
  }

  /** What the pool is to do. Lines that are done, or are no items, end here. */
  async *#items(lines: AsyncIterable<readonly Line[]>): AsyncGenerator {
    const { log, inFlight } = this.#options;
    for await (const batch of lines) {
      for (const line of batch) {
        while (!this.#halted && (this.#ahead >= inFlight || this.#aheadBytes >= AHEAD_BYTES)) await this.#room.promise;
        if (this.#halted) return;
        this.#ahead += 1;
        this.#aheadBytes += line.bytes;
        const kept = log?.find(line.number, line.text);
        if (kept !== undefined) {
          this.#put({ line, json: kept });
          if (this.#printer.full) await this.#printer.flush();
          continue;
        }
        let item: unknown;
        try {
          item = itemOf(line.text, this.#options);
        } catch (error) {
          this.#ended({ line, error: errorFrom(error) });
          continue;
        }
        this.#open.set(this.#taken, line);
        this.#taken += 1;
        yield item;
      }
    }
  }

  #ended(outcome: Outcome): void {
    const { log, onError } = this.#options;
    const { number, text } = outcome.line;
    if ("json" in outcome) log?.done(number, text, outcome.json);
    else {
      log?.failed(number, text, errorFields(outcome.error));
      // What came before it is printed first.
      if (onError === "stop") this.#halt();
    }
    this.#put(outcome);
  }

  #put(outcome: Outcome): void {
    if (this.#options.ordered) this.#order.put(outcome.line.number, outcome);
    else this.#give(outcome);
  }

  /** It is its turn. */
  #give(outcome: Outcome): void {
    const { line } = outcome;
    this.#ahead -= 1;
    this.#aheadBytes -= line.bytes;
    if (this.#ahead < this.#options.inFlight && this.#aheadBytes < AHEAD_BYTES) this.#wake();
    if (this.#failure !== undefined) return;
    this.done += 1;
    this.doneBytes += line.bytes;
    if ("json" in outcome) {
      this.#printer.put(this.#options.lines ? lineText(outcome.json) : outcome.json);
      return;
    }
    const { error } = outcome;
    const { onError, sayFailed } = this.#options;
    this.failed += 1;
    if (onError === "stop") this.#failure = { where: line.where, error };
    else if (onError === "skip") sayFailed(line.where, error);
    else this.#printer.put(jsonText({ error: errorFields(error), line: line.number }));
  }

  #halt(): void {
    this.#halted = true;
    this.#wake();
  }

  #wake(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}
