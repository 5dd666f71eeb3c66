/** How far the jobs of a program are, under `skein run --progress`: a bar on a terminal, elsewhere a line for each tenth. */
import type { WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import type { Job, JobCounters } from "@skein/runtime";

const LOOK_EVERY_MS = 200;

type Counted = Pick<Job, "counters">;

/** What shows it. */
export interface ProgressLine {
  show(ended: number, total: number, note: string): void;
  end(): void;
}

/** Looks now and then until what it gives is called: then once more, and `line` ends. Twice does nothing. */
export function lookingAt(look: () => void, line: ProgressLine): () => void {
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    process.off("exit", end);
    look();
    line.end();
  };
  // However the program ends, its terminal gets its cursor back.
  process.once("exit", end);
  return end;
}

/** The tasks of all jobs of this program, together. */
export class RunProgress {
  readonly #line: ProgressLine;
  readonly #jobs: Counted[] = [];
  /** Twice does nothing. */
  readonly close: () => void;

  constructor(line: ProgressLine) {
    this.#line = line;
    this.close = lookingAt(() => this.look(), line);
  }

  add(job: Counted): void {
    this.#jobs.push(job);
  }

  look(): void {
    const sum = (of: (counters: JobCounters) => number): number =>
      this.#jobs.reduce((total, { counters }) => total + of(counters), 0);
    const total = sum(({ submitted }) => submitted);
    if (total === 0) return;
    const failed = sum((counters) => counters.failed + counters.lost);
    const ended = sum(({ done, cancelled }) => done + cancelled) + failed;
    const running = sum((counters) => counters.running);
    this.#line.show(ended, total, `${running} running${failed > 0 ? `, ${failed} failed` : ""}`);
  }
}

/** What is told beside the bar. */
const TASKS = "{value}/{total} tasks, {note}";

/** A bar where `stream` is a terminal, else lines. `text` is told beside it: `{note}` is what `show` is given. */
export const progressLine = (stream: WriteStream, text: string = TASKS): ProgressLine =>
  stream.isTTY ? barOn(stream, text) : linesTo((line) => void stream.write(`${line}\n`), text);

/** A line for each tenth, and for the end. */
export function linesTo(say: (line: string) => void, text: string = TASKS): ProgressLine {
  let said = -1;
  return {
    show(ended, total, note) {
      const tenth = Math.floor((10 * ended) / total);
      if (tenth === said) return;
      said = tenth;
      const told = text.replace("{value}", String(ended)).replace("{total}", String(total)).replace("{note}", note);
      say(`${10 * tenth} %  ${told}`);
    },
    end: () => undefined,
  };
}

function barOn(stream: WriteStream, text: string): ProgressLine {
  const format = `  {bar} {percentage} %  ${text}`;
  const bar = new cliProgress.SingleBar({ format, stream, hideCursor: true }, cliProgress.Presets.shades_classic);
  let started = false;
  const free = clearBefore(stream);
  return {
    show(ended, total, note) {
      if (!started) bar.start(total, ended, { note });
      started = true;
      bar.setTotal(total);
      bar.update(ended, { note });
    },
    end() {
      free();
      if (started) bar.stop();
    },
  };
}

/** What the program prints on the same terminal takes the bar's place; the bar is drawn again below. */
function clearBefore(stream: WriteStream): () => void {
  const { stdout } = process;
  if (!stdout.isTTY) return () => undefined;
  const write = stdout.write.bind(stdout);
  // Handed on as it came, so it takes and gives what the original does.
  stdout.write = ((...given: Parameters<typeof write>) => {
    stream.cursorTo(0);
    stream.clearLine(0);
    return write(...given);
  }) as typeof stdout.write;
  return () => {
    stdout.write = write;
  };
}
