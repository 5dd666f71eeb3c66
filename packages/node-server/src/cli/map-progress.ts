/** How far `skein map` is, on standard error: a bar on a terminal, elsewhere a line now and then. */
import type { WriteStream } from "node:tty";
import { SECOND_MS } from "@skein/runtime";
import { lookingAt, type ProgressLine, progressLine } from "../run-progress.ts";
import { counted, duration, rate, whole } from "./numbers.ts";

/** Without a terminal, and without knowing how much there is. */
const TELL_EVERY_MS: number = 10 * SECOND_MS;

/** What it looks at. */
export interface MapStanding {
  readonly done: number;
  readonly failed: number;
  readonly doneBytes: number;
}

/** Shows it until what it gives is called. `bytes`: of all lines, where that is known. */
export function showProgress(standing: MapStanding, bytes: number | undefined, stream: WriteStream): () => void {
  const startMs = performance.now();
  const line = bytes === undefined || bytes === 0 ? countLine(stream) : progressLine(stream, "{note}");
  return lookingAt(() => {
    const ms = performance.now() - startMs;
    line.show(standing.doneBytes, bytes ?? 0, noteOf(standing, ms, bytes));
  }, line);
}

/** `12,345 items, 4,100/s, 2 failed, 3 min left` */
export function noteOf(standing: MapStanding, ms: number, bytes: number | undefined): string {
  const { done, failed, doneBytes } = standing;
  const parts = [counted(done, "item")];
  if (done > 0 && ms >= SECOND_MS) parts.push(`${rate((done * SECOND_MS) / ms)}/s`);
  if (failed > 0) parts.push(`${whole(failed)} failed`);
  if (bytes !== undefined && doneBytes > 0 && doneBytes < bytes && ms >= SECOND_MS) {
    parts.push(`${duration((ms * (bytes - doneBytes)) / doneBytes)} left`);
  }
  return parts.join(", ");
}

/** Nobody knows how much there is. */
function countLine(stream: WriteStream): ProgressLine {
  let toldMs = performance.now();
  let last = "";
  return {
    show(_ended, _total, note) {
      last = note;
      if (stream.isTTY) {
        stream.cursorTo(0);
        stream.write(`  ${note}`);
        stream.clearLine(1);
      } else if (performance.now() - toldMs >= TELL_EVERY_MS) {
        toldMs = performance.now();
        stream.write(`${note}\n`);
      }
    },
    end: () => void stream.write(stream.isTTY ? "\n" : `${last}\n`),
  };
}
