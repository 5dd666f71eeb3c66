/** Draws the task stream: a lane per server, a rectangle per attempt of a task, lines from failed attempts to the next. */
import { timeOfDay } from "../format.ts";
import type { ClusterModel } from "../model/cluster-model.ts";
import { nodeName, pageTime, presentOf } from "../model/select.ts";
import { SpanExit } from "../model/span-log.ts";
import { type Colours, currentColours } from "./colours.ts";
import { AXIS_HEIGHT, type StreamPicture, xOf, yOf } from "./stream-picture.ts";
import { ticks } from "./time-window.ts";

/** Lanes from this height on have each its name … */
const NAMED_LANE = 11;
/** … and links between them an edge. */
const ROOMY_LANE = 14;

/** Gives how many rectangles it drew. */
export function drawStream(model: ClusterModel, context: CanvasRenderingContext2D, picture: StreamPicture): number {
  const colours = currentColours();
  const { width, height } = picture;
  context.clearRect(0, 0, width, height);
  const lanes = new Map<number, number>(picture.servers.map((server, lane) => [server.index, lane]));
  context.save();
  context.beginPath();
  context.rect(picture.left, AXIS_HEIGHT, width - picture.left, height - AXIS_HEIGHT);
  context.clip();
  drawGrounds(context, picture, colours);
  drawMarks(model, context, picture, colours, height);
  drawSums(model, context, picture, colours);
  const drawn = drawSpans(model, context, picture, lanes, colours);
  drawLinks(model, context, picture, lanes, colours);
  context.restore();
  drawAxis(model, context, picture, colours);
  drawNames(model, context, picture, colours);
  drawPointed(model, context, picture, colours);
  return drawn;
}

function drawGrounds(context: CanvasRenderingContext2D, picture: StreamPicture, colours: Colours): void {
  context.fillStyle = colours.sunk;
  for (let lane = 0; lane < picture.servers.length; lane += 1) {
    const y = yOf(picture, lane);
    if (y > picture.height || y + picture.laneHeight < AXIS_HEIGHT) continue;
    context.fillRect(picture.left, y + 1, picture.width - picture.left, picture.laneHeight - 2);
  }
}

/** What is known as sums only, as height per second. */
function drawSums(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  colours: Colours,
): void {
  context.fillStyle = colours.unlisted;
  context.globalAlpha = 0.45;
  const room = picture.laneHeight - 2;
  for (const [lane, server] of picture.servers.entries()) {
    const y = yOf(picture, lane);
    for (let second = Math.floor(picture.startMs / 1000); second * 1000 < picture.endMs; second += 1) {
      const sums = (second + 1) * 1000 <= model.spans.keptSinceMs ? server.busy : server.unlisted;
      const tall = Math.min(1, sums.at(second) / 1000) * room;
      if (tall <= 0) continue;
      const x = xOf(picture, second * 1000);
      context.fillRect(x, y + 1 + room - tall, xOf(picture, (second + 1) * 1000) - x + 0.5, tall);
    }
  }
  context.globalAlpha = 1;
}

function drawSpans(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  lanes: ReadonlyMap<number, number>,
  colours: Colours,
): number {
  const { startMs, endMs, laneHeight, only } = picture;
  const perMs = (picture.width - picture.left) / (endMs - startMs);
  /** Of each lane the last pixel column that a thin rectangle was drawn in: more of them there would not be seen. */
  const columns = new Float64Array(picture.servers.length).fill(-1);
  let colour = "";
  let drawn = 0;
  const draw = (lane: number, fn: number, fromMs: number, toMs: number, exit: number): void => {
    const y = yOf(picture, lane);
    if (fromMs > endMs || y > picture.height || y + laneHeight < AXIS_HEIGHT) return;
    const x = Math.max(picture.left - 2, xOf(picture, fromMs));
    const wide = Math.min((toMs - startMs) * perMs + picture.left, picture.width + 2) - x;
    const bad = exit === SpanExit.failed || exit === SpanExit.lost || exit === SpanExit.retried;
    if (wide < 1 && !bad) {
      const column = Math.floor(x);
      if (column === columns[lane]) return;
      columns[lane] = column;
    }
    drawn += 1;
    const next = colours.functions[fn % colours.functions.length] ?? colours.ink;
    if (next !== colour) context.fillStyle = colour = next;
    const alpha =
      (exit < 0 ? 0.6 : exit === SpanExit.cancelled ? 0.4 : 1) * (only === undefined || only === fn ? 1 : 0.15);
    if (alpha !== 1) context.globalAlpha = alpha;
    context.fillRect(x, y + 1, wide > 3 ? wide - 1 : Math.max(1, wide), laneHeight - 2);
    if (alpha !== 1) context.globalAlpha = 1;
    if (!bad) return;
    colour = "";
    const edge = exit === SpanExit.failed ? colours.failed : exit === SpanExit.lost ? colours.lost : colours.retried;
    drawFailure(context, x, y, wide, laneHeight, edge, colours.panel);
  };
  model.spans.each(startMs, (server, fn, fromMs, toMs, exit) => {
    const lane = lanes.get(server);
    if (lane !== undefined) draw(lane, fn, fromMs, toMs, exit);
  });
  for (const [lane, server] of picture.servers.entries()) {
    for (const task of presentOf(server)) draw(lane, task.fn, task.startedMs, endMs, -1);
  }
  return drawn;
}

/** An edge below, and where there is room for it a notch at the end: told from the others without colour. */
function drawFailure(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  wide: number,
  laneHeight: number,
  edge: string,
  ground: string,
): void {
  context.fillStyle = edge;
  context.fillRect(x, y + laneHeight - 5, Math.max(3, wide - 1), 4);
  if (laneHeight < 12) return;
  const right = x + Math.max(2, wide - 1);
  context.beginPath();
  context.moveTo(right - 5, y + 1);
  context.lineTo(right + 4, y + 1);
  context.lineTo(right, y + 7);
  context.closePath();
  context.fill();
  context.strokeStyle = ground;
  context.lineWidth = 1;
  context.stroke();
}

function drawLinks(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  lanes: ReadonlyMap<number, number>,
  colours: Colours,
): void {
  context.beginPath();
  model.retries.each(picture.startMs, picture.endMs, (fromServer, fromMs, toServer, toMs) => {
    const [from, to] = [lanes.get(fromServer), lanes.get(toServer)];
    if (from === undefined || to === undefined) return;
    const [x, y] = [xOf(picture, fromMs), yOf(picture, from) + picture.laneHeight / 2];
    const [endX, endY] = [xOf(picture, toMs), yOf(picture, to) + picture.laneHeight / 2];
    const bend = Math.max(8, (endX - x) / 2);
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend, y, endX - bend, endY, endX, endY);
  });
  // Where there is room, a light edge sets them off from the rectangles they cross.
  const roomy = picture.laneHeight >= ROOMY_LANE;
  context.strokeStyle = colours.panel;
  context.lineWidth = 3.5;
  if (roomy) context.stroke();
  context.strokeStyle = colours.retried;
  context.lineWidth = roomy ? 1.5 : 1;
  context.stroke();
}

function drawAxis(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  colours: Colours,
): void {
  const { startMs, endMs, left, width } = picture;
  drawMarks(model, context, picture, colours, 4);
  context.fillStyle = colours.quiet;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const shift = pageTime(model, 0);
  for (const mark of marksOf(picture, shift)) {
    const x = xOf(picture, mark - shift);
    if (x > left + 24 && x < width - 24) context.fillText(timeWords(mark, endMs - startMs), x, AXIS_HEIGHT / 2 - 1);
  }
}

const marksOf = ({ startMs, endMs, width, left }: StreamPicture, shift: number): readonly number[] =>
  ticks(startMs + shift, endMs + shift, (width - left) / 90);

/** A hairline down from each mark of the axis. */
function drawMarks(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  colours: Colours,
  length: number,
): void {
  const shift = pageTime(model, 0);
  context.fillStyle = colours.grid;
  for (const mark of marksOf(picture, shift))
    context.fillRect(Math.round(xOf(picture, mark - shift)), AXIS_HEIGHT - 4, 1, length);
}

/** With parts of a second where the axis is that fine. */
function timeWords(timeMs: number, spanMs: number): string {
  if (spanMs > 5000) return timeOfDay(timeMs);
  return `${timeOfDay(timeMs)}.${String(Math.floor(timeMs % 1000)).padStart(3, "0")}`;
}

function drawNames(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  colours: Colours,
): void {
  const each = picture.laneHeight >= NAMED_LANE;
  context.font = `${picture.laneHeight < 15 ? 10 : 12}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.fillStyle = colours.ink;
  context.save();
  context.beginPath();
  context.rect(0, AXIS_HEIGHT, picture.left - 6, picture.height - AXIS_HEIGHT);
  context.clip();
  for (const [lane, server] of picture.servers.entries()) {
    const y = yOf(picture, lane);
    if (y > picture.height || y + picture.laneHeight < AXIS_HEIGHT) continue;
    // Thin lanes have no room for a name each: then the first one has the node's.
    const first = picture.servers[lane - 1]?.node !== server.node;
    const room = picture.left - 10;
    if (each) {
      const end = model.servers.has(server.id) ? `/${server.lane}` : `/${server.lane} (gone)`;
      const name = cut(context, nodeName(model, server.node), room - context.measureText(end).width);
      context.fillText(name + end, 4, y + picture.laneHeight / 2 + 0.5);
    } else if (first) context.fillText(cut(context, nodeName(model, server.node), room), 4, y + 6);
  }
  context.restore();
}

/** As much of a name as there is room for. */
function cut(context: CanvasRenderingContext2D, name: string, room: number): string {
  if (context.measureText(name).width <= room) return name;
  let length = name.length - 1;
  while (length > 1 && context.measureText(`${name.slice(0, length)}…`).width > room) length -= 1;
  return `${name.slice(0, length)}…`;
}

function drawPointed(
  model: ClusterModel,
  context: CanvasRenderingContext2D,
  picture: StreamPicture,
  colours: Colours,
): void {
  const { pointedMs } = picture;
  if (pointedMs === undefined) return;
  const x = xOf(picture, pointedMs);
  if (x < picture.left || x > picture.width) return;
  context.fillStyle = colours.ink;
  context.fillRect(Math.round(x), 0, 1, picture.height);
  const words = timeWords(pageTime(model, pointedMs), picture.endMs - picture.startMs);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  const half = context.measureText(words).width / 2 + 5;
  const middle = Math.min(picture.width - half, Math.max(picture.left + half, x));
  context.fillStyle = colours.ink;
  context.fillRect(middle - half, 1, half * 2, AXIS_HEIGHT - 6);
  context.fillStyle = colours.panel;
  context.fillText(words, middle, AXIS_HEIGHT / 2 - 1);
}
