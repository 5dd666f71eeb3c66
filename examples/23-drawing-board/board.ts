/** The board itself, in Node: a channel for strokes, and all of them so far for who comes later. */
import { channel, register, service, spawn, type Steps, type TaskContext } from "skein";
import { type Stroke } from "./strokes.ts";

/** Older ones are forgotten. */
const STROKES_KEPT = 10_000;

/** Keeps what is drawn; gives the list, which grows. */
export function openBoard(): readonly Stroke[] {
  const strokes: Stroke[] = [];
  const board = channel<Stroke>("board");
  register("board", board);
  register(
    "strokes so far",
    service("strokes so far", () => strokes),
  );
  spawn(
    function* keeps(task: TaskContext<Stroke>): Steps<void> {
      yield* board.subscribe(task.ref);
      yield* task.messages().forEach((stroke) => {
        strokes.push(stroke);
        if (strokes.length > STROKES_KEPT) strokes.shift();
      });
    },
    [],
    { background: true }, // it ends with the program
  );
  return strokes;
}
