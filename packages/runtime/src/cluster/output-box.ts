/** Lines that a server process printed, gathered at its node into notes to the client that holds it. */
import { type Procedures } from "../contracts/procedures.ts";
import { NOTE_BYTES, OUTPUT_BATCH_MS, OUTPUT_LINES_LIMIT } from "../defaults.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type ServerLine } from "./contracts.ts";
import { shortText } from "./run-words.ts";
import { type Assign, type Printed } from "./words.ts";

/** Of a character, at most, on the way. */
const CHARACTER_BYTES = 3;

export interface OutputBoxOptions {
  readonly platform: Platform;
  readonly procedures: Procedures;
  readonly server: number;
}

/** The first line leaves at once, those that follow soon after together; a server that prints more is cut short. */
export class OutputBox {
  readonly #options: OutputBoxOptions;
  #to: Assign | undefined;
  #lines: ServerLine[] = [];
  #bytes = 0;
  #omitted = 0;
  #due = false;
  #timer: TimerHandle = undefined;

  constructor(options: OutputBoxOptions) {
    this.#options = options;
  }

  add({ text, ...line }: ServerLine, to: Assign): void {
    if (to !== this.#to) this.flush();
    this.#to = to;
    const short = shortText(text);
    const bytes = CHARACTER_BYTES * short.length;
    if (this.#lines.length >= OUTPUT_LINES_LIMIT || this.#bytes + bytes > NOTE_BYTES) this.#omitted += 1;
    else {
      this.#lines.push({ ...line, text: short });
      this.#bytes += bytes;
    }
    if (this.#due || this.#timer !== undefined) return;
    this.#due = true;
    this.#options.platform.microtask(this.#sendFirst);
  }

  /** Sends what there is. */
  flush(): void {
    this.#due = false;
    const to = this.#to;
    const lines = this.#lines;
    const omitted = this.#omitted;
    if (to === undefined || lines.length === 0) return;
    this.#lines = [];
    this.#bytes = 0;
    this.#omitted = 0;
    const { procedures, server } = this.#options;
    const words: Printed = { job: to.job, server, lines, omitted };
    try {
      procedures.tryNotify(to.client, `${to.inbox}.output`, words);
    } catch {
      // The client is gone or takes nothing now: its lines stand in the node's log.
    }
  }

  /** Sends what there is, and nothing after that by itself. */
  close(): void {
    this.flush();
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#to = undefined;
  }

  readonly #sendFirst = (): void => {
    if (!this.#due) return;
    this.#rest();
  };

  readonly #rest = (): void => {
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    this.flush();
    this.#timer = this.#options.platform.startTimer(OUTPUT_BATCH_MS, this.#rest);
  };
}
