/** Keeps what a page heard in the last minutes, as the lines of a file: as much as fits in so many bytes. */
import type { ClusterSnapshot } from "@skein/runtime";
import type { ClusterObserver, ClusterSource } from "../model/source.ts";
import { RECORD_HEAD, type RecordLine } from "./record-line.ts";

/** Characters kept, which are bytes of the file but for letters beyond ASCII: minutes of a busy cluster, hours of a quiet one. */
export const RECORD_BYTES: number = 24 * 1024 * 1024;
/** After a sixteenth of that, or half a minute, it is written how the cluster stands: older parts can go, and players begin there. */
const PART_BYTES = RECORD_BYTES / 16;
const PART_MS = 30_000;

/** Lines that begin with how the cluster stood. */
interface Part {
  readonly beganMs: number;
  readonly lines: string[];
  bytes: number;
}

export class Recorder {
  readonly #limit: number;
  readonly #parts: Part[] = [];
  /** How the cluster stands now, by the page's model. */
  stands: () => ClusterSnapshot | undefined = () => undefined;
  #bytes = 0;

  constructor(limit: number = RECORD_BYTES) {
    this.#limit = limit;
  }

  /** Characters of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The first that is kept, in milliseconds since 1970; `undefined` while there is nothing. */
  get sinceMs(): number | undefined {
    return this.#parts[0]?.beganMs;
  }

  /** The file, in pieces. */
  text(): readonly string[] {
    return [RECORD_HEAD, "\n", ...this.#parts.flatMap(({ lines }) => lines)];
  }

  /** The same source; what it tells is recorded. */
  recording(source: ClusterSource, now: () => number = Date.now): ClusterSource {
    return {
      watch: (observer) => source.watch(this.#heard(observer, now)),
    };
  }

  #heard(observer: ClusterObserver, now: () => number): ClusterObserver {
    return {
      connection: (connection) => observer.connection(connection),
      access: (access) => observer.access?.(access),
      snapshot: (snapshot, since) => {
        this.#begin({ t: now(), snapshot, ...(since === undefined ? {} : { since }) });
        observer.snapshot(snapshot, since);
      },
      events: (events) => {
        this.#add({ t: now(), events });
        observer.events(events);
      },
      observed: (observed) => {
        this.#add({ t: now(), observed });
        observer.observed?.(observed);
      },
    };
  }

  #begin(line: RecordLine): void {
    this.#parts.push({ beganMs: line.t, lines: [], bytes: 0 });
    this.#write(line);
    while (this.#bytes > this.#limit && this.#parts.length > 1) this.#bytes -= this.#parts.shift()?.bytes ?? 0;
  }

  #add(line: RecordLine): void {
    const part = this.#parts.at(-1);
    // Before a snapshot nothing can be told.
    if (part === undefined) return;
    if (part.bytes > Math.min(PART_BYTES, this.#limit / 4) || line.t - part.beganMs > PART_MS) {
      // Told before this line is taken: it stands as the lines above have left it.
      const stood = this.stands();
      if (stood !== undefined) this.#begin({ t: line.t, stood });
    }
    this.#write(line);
  }

  #write(line: RecordLine): void {
    const part = this.#parts.at(-1);
    if (part === undefined) return;
    const text = `${JSON.stringify(line)}\n`;
    part.lines.push(text);
    part.bytes += text.length;
    this.#bytes += text.length;
  }
}
