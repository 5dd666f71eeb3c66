/** What a picture of the stream shows where, and what a pointer on it is on. */
import type { TaskId } from "@skein/runtime";
import type { ClusterModel, ServerRow } from "../model/cluster-model.ts";

/** Height of the axis above the lanes. */
export const AXIS_HEIGHT = 22;

export interface StreamPicture {
  readonly servers: readonly ServerRow[];
  readonly startMs: number;
  readonly endMs: number;
  /** Where lanes begin, beside their names. */
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly laneHeight: number;
  /** How far the lanes are scrolled up. */
  readonly scrolled: number;
  /** Functions that are dimmed are not of this number. */
  readonly only: number | undefined;
  readonly pointedMs: number | undefined;
}

/** Where a time is. */
export const xOf = (picture: StreamPicture, timeMs: number): number =>
  picture.left + ((timeMs - picture.startMs) / (picture.endMs - picture.startMs)) * (picture.width - picture.left);

/** Where a lane begins. */
export const yOf = (picture: StreamPicture, lane: number): number =>
  AXIS_HEIGHT + lane * picture.laneHeight - picture.scrolled;

/** The time at `x`. */
export const timeAt = (picture: StreamPicture, x: number): number =>
  picture.startMs + ((x - picture.left) / (picture.width - picture.left)) * (picture.endMs - picture.startMs);

/** What a pointer is on. */
export interface StreamHit {
  readonly server: ServerRow;
  readonly fn: number;
  readonly startedMs: number;
  /** Undefined: it runs. */
  readonly endedMs: number | undefined;
  readonly exit: number | undefined;
  readonly task: TaskId | undefined;
}

/** The rectangle at a point; thin ones are found two pixels beside them too. */
export function hitAt(model: ClusterModel, picture: StreamPicture, x: number, y: number): StreamHit | undefined {
  const server = picture.servers[Math.floor((y - AXIS_HEIGHT + picture.scrolled) / picture.laneHeight)];
  if (server === undefined || x < picture.left || y < AXIS_HEIGHT) return undefined;
  const atMs = timeAt(picture, x);
  const slackMs = (2 * (picture.endMs - picture.startMs)) / (picture.width - picture.left);
  for (const task of server.running.values()) {
    if (task.startedMs <= atMs)
      return { server, fn: task.fn, startedMs: task.startedMs, endedMs: undefined, exit: undefined, task: task.task };
  }
  let best: StreamHit | undefined;
  let bestMs = Infinity;
  model.spans.each(atMs - slackMs, (index, fn, startedMs, endedMs, exit, place) => {
    if (index !== server.index || startedMs > atMs + slackMs) return;
    const awayMs = Math.max(0, startedMs - atMs, atMs - endedMs);
    if (awayMs >= bestMs) return;
    bestMs = awayMs;
    best = { server, fn, startedMs, endedMs, exit, task: model.spans.taskAt(place) };
  });
  return best;
}
