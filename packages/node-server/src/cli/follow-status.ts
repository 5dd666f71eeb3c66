/** `skein status --watch`: how a cluster stands, drawn anew when something has happened there. */
import { clearScreenDown, cursorTo } from "node:readline";
import type { WriteStream } from "node:tty";
import { isSkeinError, watchCluster } from "@skein/runtime";
import { EXIT } from "./exit-codes.ts";
import type { InCluster } from "./in-cluster.ts";
import { print, say } from "./output.ts";
import { untilStopped } from "./until-stopped.ts";

/** It is drawn at most this often, in milliseconds: nodes tell their load once a second. */
const REDRAW_EVERY_MS = 500;

/** Asks for `words` at once and again whenever something has happened, and shows them. @returns the exit code */
export async function followStatus({ peer, scheduler }: InCluster, words: () => Promise<string>): Promise<number> {
  const stopped = untilStopped();
  const show = process.stdout.isTTY ? onScreen(process.stdout) : print;
  let last = "";
  const redraw = new Redraw(async () => {
    const text = await words();
    if (text !== last) show(text);
    last = text;
  });
  using _watch = watchCluster(peer, {
    scheduler,
    onSnapshot: () => redraw.want(),
    onEvents: () => redraw.want(),
    onLost: (error) => say(`the scheduler is lost, and waited for: ${error.message}`),
  });
  using _redraw = redraw;
  await Promise.race([stopped, redraw.failed]);
  return EXIT.interrupted;
}

/** Draws when that is wanted, one time after the other and not too often. */
class Redraw implements Disposable {
  readonly #draw: () => Promise<void>;
  /** Never resolves; rejects when drawing has failed for another reason than a scheduler that is away. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  #state: "idle" | "drawing" | "again" = "idle";
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(draw: () => Promise<void>) {
    this.#draw = draw;
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
  }

  want(): void {
    if (this.#state === "drawing") this.#state = "again";
    if (this.#state === "idle") void this.#now();
  }

  async #now(): Promise<void> {
    this.#state = "drawing";
    try {
      await this.#draw();
    } catch (error) {
      // While the scheduler is away there is nothing to draw; it is told of when it is back.
      if (!isSkeinError(error, "PEER_LOST") && !isSkeinError(error, "TIMEOUT")) this.#fail(error);
    }
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      const wanted = this.#state === "again";
      this.#state = "idle";
      if (wanted) this.want();
    }, REDRAW_EVERY_MS);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}

/** From the top of the terminal, cut where it ends. */
function onScreen(stream: WriteStream): (text: string) => void {
  return (text) => {
    cursorTo(stream, 0, 0);
    clearScreenDown(stream);
    stream.write(`${fitted(text, stream.rows)}\n`);
  };
}

/** The first lines of `text` that `rows` have room for, with how many there are more. */
export function fitted(text: string, rows: number): string {
  const lines = text.split("\n");
  if (lines.length < rows) return text;
  const shown = Math.max(0, rows - 2);
  return [...lines.slice(0, shown), `… ${lines.length - shown} more lines`].join("\n");
}
