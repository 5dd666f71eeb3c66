/** What a process said before it died, as far as it tells people something: no addresses, and no frames of ours. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Lines kept. */
const LINES_LIMIT = 10;
/** What V8 writes before it aborts: the heap has a limit of its own, which no watchdog sees. */
const HEAP_FULL = /heap out of memory|Reached heap limit/;
/** Traces of the machine's code, their headings, and Node's own frames. */
const NOISE =
  /^\s*(\d+: 0x[0-9a-f]+\b.*|----- .* stack trace -----|#?\s*(at|\d+:) .*\bnode:internal\/.*|Node\.js v[\d.]+)?\s*$/;

/** Folders of skein's own code: this package's, and the runtime's. */
const OWN: readonly string[] = [import.meta.url, import.meta.resolve("@skein/runtime")].map((url) =>
  dirname(dirname(fileURLToPath(url))),
);

export class LastWords {
  readonly #lines: string[] = [];
  #heapFull = false;

  /** Whether it died because its heap was full. */
  get heapFull(): boolean {
    return this.#heapFull;
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  /** Something else runs now: what was printed until here has nothing to do with its end. */
  clear(): void {
    this.#lines.length = 0;
    this.#heapFull = false;
  }

  add(line: string): void {
    this.#heapFull ||= HEAP_FULL.test(line);
    if (NOISE.test(line) || isFrameOfOurs(line)) return;
    this.#lines.push(line);
    if (this.#lines.length > LINES_LIMIT) this.#lines.shift();
  }
}

const isFrameOfOurs = (line: string): boolean =>
  /^\s*(at|\d+:) /.test(line) && OWN.some((folder) => line.includes(`${folder}/`));
