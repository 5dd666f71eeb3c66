/** A recording as a model at any time of it. */
import { ClusterStore, type RequestFrame } from "../model/store.ts";
import { parseRecording, type RecordLine } from "./record-line.ts";

/** What is shown at a time begins so long before it, where the recording reaches back as far: streams and rates have a past. */
const PAST_MS = 120_000;

export class Replay implements Disposable {
  readonly name: string;
  readonly store: ClusterStore;
  readonly #lines: readonly RecordLine[];
  readonly #forget: () => void;
  /** The line that comes next. */
  #next = 0;
  #timeMs: number;

  /** @throws {Error} when `text` is no recording */
  constructor(name: string, text: string, requestFrame?: RequestFrame) {
    this.name = name;
    this.#lines = parseRecording(text);
    this.store = new ClusterStore(requestFrame);
    this.#timeMs = this.fromMs;
    this.#seek(this.toMs);
    // Of topics that nobody looked at nothing was kept: it is read again.
    this.#forget = this.store.onTopics((topics) => {
      if (topics.length > 0) this.#seek(this.#timeMs, true);
    });
  }

  get fromMs(): number {
    return this.#lines[0]?.t ?? 0;
  }

  get toMs(): number {
    return this.#lines.at(-1)?.t ?? 0;
  }

  /** What is shown: how it stood then. */
  get timeMs(): number {
    return this.#timeMs;
  }

  seek(timeMs: number): void {
    this.#seek(timeMs);
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  #seek(timeMs: number, anew = false): void {
    const toMs = Math.min(this.toMs, Math.max(this.fromMs, timeMs));
    if (anew || toMs < this.#timeMs || this.#next === 0) {
      this.store.dispatch({ type: "reset" });
      this.store.dispatch({ type: "connection", connection: { phase: "recorded" } });
      this.#next = this.#beginFor(toMs);
      this.#take(true);
    }
    this.#timeMs = toMs;
    while ((this.#lines[this.#next]?.t ?? Infinity) <= toMs) this.#take(false);
  }

  /** The last line that tells how the cluster stood long enough before. */
  #beginFor(timeMs: number): number {
    let begin = 0;
    for (let at = 0; at < this.#lines.length; at += 1) {
      const line = this.#lines[at];
      if (line === undefined || line.t > timeMs - PAST_MS) break;
      if ("snapshot" in line || "stood" in line) begin = at;
    }
    return begin;
  }

  #take(first: boolean): void {
    const line = this.#lines[this.#next];
    this.#next += 1;
    if (line === undefined) return;
    const nowMs = line.t;
    if ("snapshot" in line) {
      const { snapshot, since } = line;
      this.store.dispatch({ type: "snapshot", snapshot, ...(since === undefined ? {} : { since }), nowMs });
    } else if ("stood" in line) {
      if (first) this.store.dispatch({ type: "snapshot", snapshot: line.stood, nowMs });
    } else if ("events" in line) this.store.dispatch({ type: "events", events: line.events, nowMs });
    else this.store.dispatch({ type: "observed", observed: line.observed });
  }
}
