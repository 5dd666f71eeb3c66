/** Draws what servers did in the last minute: a strip per server, a rectangle per task. */
import type { ClusterModel, ServerRow } from "../model/cluster-model.ts";
import { clusterNow, presentOf } from "../model/select.ts";
import { SpanExit } from "../model/span-log.ts";
import { type Colours, currentColours } from "./colours.ts";

/** How far back a strip goes. */
export const LANE_MS = 60_000;
/** Strips end a little before the news do: one that fills itself in looks wrong. */
const BEHIND_MS = 150;

interface Lane {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** The last pixel column a thin rectangle was drawn in: more of them there would not be seen. */
  column: number;
}

/** Draws every strip of `canvases` (by server id) in one pass over the log. */
export function drawLanes(model: ClusterModel, canvases: ReadonlyMap<string, HTMLCanvasElement>, nowMs: number): void {
  const colours = currentColours();
  const endMs = clusterNow(model, nowMs) - BEHIND_MS;
  const startMs = endMs - LANE_MS;
  const lanes = new Map<number, Lane>();
  for (const server of model.servers.values()) {
    const canvas = canvases.get(server.id);
    const lane = canvas === undefined ? undefined : begin(canvas);
    if (lane === undefined) continue;
    lanes.set(server.index, lane);
    drawSums(lane, server, startMs, model.spans.keptSinceMs, colours);
    for (const task of presentOf(server)) {
      drawSpan(lane, task.startedMs, endMs, startMs, colours, task.fn, undefined);
    }
  }
  model.spans.each(startMs, (server, fn, fromMs, toMs, exit) => {
    const lane = lanes.get(server);
    if (lane !== undefined) drawSpan(lane, fromMs, Math.min(toMs, endMs), startMs, colours, fn, exit);
  });
  for (const lane of lanes.values()) drawGrid(lane, colours);
}

/** Fits the canvas to its box and clears it; nothing when it is not laid out. */
function begin(canvas: HTMLCanvasElement): Lane | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return undefined;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, column: -1 };
}

function drawSpan(
  lane: Lane,
  fromMs: number,
  toMs: number,
  startMs: number,
  colours: Colours,
  fn: number,
  exit: number | undefined,
): void {
  const { context, width, height } = lane;
  const left = Math.max(0, ((fromMs - startMs) / LANE_MS) * width);
  const right = ((toMs - startMs) / LANE_MS) * width;
  const wide = right - left;
  const bad = exit === SpanExit.failed || exit === SpanExit.lost || exit === SpanExit.retried;
  if (wide <= 0) return;
  if (wide < 1 && !bad) {
    const column = Math.floor(left);
    if (column === lane.column) return;
    lane.column = column;
  }
  context.fillStyle = colours.functions[fn % colours.functions.length] ?? colours.ink;
  // What runs now is lighter and open to the right; a hair between two rectangles keeps them apart.
  context.globalAlpha = exit === undefined ? 0.55 : 1;
  context.fillRect(left, 1, wide > 3 ? wide - 1 : Math.max(1, wide), height - 2);
  context.globalAlpha = 1;
  if (!bad) return;
  context.fillStyle =
    exit === SpanExit.failed ? colours.failed : exit === SpanExit.lost ? colours.lost : colours.retried;
  context.fillRect(left, height - 4, Math.max(3, wide), 4);
  notch(context, right, colours);
}

/** A wedge above the end of what failed, seen where colours are not. */
function notch(context: CanvasRenderingContext2D, x: number, colours: Colours): void {
  context.beginPath();
  context.moveTo(x - 4, 0);
  context.lineTo(x + 4, 0);
  context.lineTo(x, 6);
  context.closePath();
  context.fillStyle = colours.failed;
  context.fill();
  context.strokeStyle = colours.panel;
  context.lineWidth = 1;
  context.stroke();
}

/** What is known as sums only, as height per second: tasks that were not listed, or whose rectangles are forgotten. */
function drawSums(
  { context, width, height }: Lane,
  server: ServerRow,
  startMs: number,
  keptSinceMs: number,
  colours: Colours,
): void {
  context.fillStyle = colours.unlisted;
  context.globalAlpha = 0.45;
  const first = Math.floor(startMs / 1000);
  for (let second = first; second <= first + LANE_MS / 1000; second += 1) {
    const sums = (second + 1) * 1000 <= keptSinceMs ? server.busy : server.unlisted;
    const share = Math.min(1, sums.at(second) / 1000);
    const left = ((second * 1000 - startMs) / LANE_MS) * width;
    const tall = share * (height - 2);
    if (tall > 0) context.fillRect(left, height - 1 - tall, (1000 / LANE_MS) * width + 0.5, tall);
  }
  context.globalAlpha = 1;
}

/** A hairline every ten seconds back from now. */
function drawGrid({ context, width, height }: Lane, colours: Colours): void {
  context.fillStyle = colours.grid;
  context.globalAlpha = 0.6;
  for (let part = 1; part < 6; part += 1) context.fillRect(Math.round((part / 6) * width), 0, 1, height);
  context.globalAlpha = 1;
}
