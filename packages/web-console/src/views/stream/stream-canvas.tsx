/** The canvas of the stream, and what pointers, wheels and keys do on it. */
import type { TaskId } from "@skein/runtime";
import { type ReactElement, useEffect, useRef } from "react";
import { drawFrames } from "../../draw/frames.ts";
import { drawStream } from "../../draw/stream.ts";
import { AXIS_HEIGHT, hitAt, type StreamHit, type StreamPicture, timeAt } from "../../draw/stream-picture.ts";
import { FIRST_SPAN_MS, pan, type TimeWindow, zoom } from "../../draw/time-window.ts";
import { count } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { pinTime, pointAt, pointedMs } from "../../page/time-cursor.ts";
import styles from "./stream.module.css";

/** A lane is as tall as there is room for, within this. */
const LEAST_LANE = 9;
export const MOST_LANE = 30;
/** Names beside the lanes; on a phone they have less room. */
const NAMES_WIDTH = 132;
const NARROW = 600;
/** A press that moves no farther is a click. */
const CLICK_PIXELS = 4;

interface Hovered {
  readonly hit: StreamHit;
  readonly x: number;
  readonly y: number;
}

export interface StreamCanvasProps {
  readonly model: ClusterModel;
  readonly servers: readonly ServerRow[];
  readonly window: TimeWindow;
  readonly only: number | undefined;
  readonly now: () => number;
  readonly change: (change: (before: TimeWindow) => TimeWindow) => void;
  readonly hover: (hovered: Hovered | undefined) => void;
  readonly open: (task: TaskId) => void;
}

export function StreamCanvas(props: StreamCanvasProps): ReactElement {
  const { servers, change, now } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  const picture = useRef<StreamPicture>(undefined);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(
    () =>
      drawFrames(() => {
        if (box.current !== null && canvas.current !== null)
          picture.current = draw(latest.current, box.current, canvas.current);
      }),
    [],
  );
  useGestures(box, canvas, latest, picture);
  return (
    <div
      ref={box}
      className={styles["box"]}
      tabIndex={0}
      role="application"
      aria-roledescription="task stream"
      aria-label={`Tasks of ${count(servers.length)} servers over time. Arrow keys move, plus and minus zoom, space holds still.`}
      onKeyDown={(event) => {
        const act = KEYS[event.key];
        if (act === undefined || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        change((before) => act(before, now()));
      }}
    >
      <div className={styles["tall"]} style={{ minHeight: AXIS_HEIGHT + servers.length * LEAST_LANE }}>
        <canvas ref={canvas} />
      </div>
    </div>
  );
}

const KEYS: Readonly<Record<string, (before: TimeWindow, nowMs: number) => TimeWindow>> = {
  ArrowLeft: (before, nowMs) => pan(before, -0.2, nowMs),
  ArrowRight: (before, nowMs) => pan(before, 0.2, nowMs),
  "+": (before, nowMs) => zoom(before, 0.5, 0.5, nowMs),
  "=": (before, nowMs) => zoom(before, 0.5, 0.5, nowMs),
  "-": (before, nowMs) => zoom(before, 2, 0.5, nowMs),
  "0": () => ({ spanMs: FIRST_SPAN_MS, untilMs: undefined }),
  " ": (before, nowMs) => ({ ...before, untilMs: before.untilMs === undefined ? nowMs : undefined }),
};

/** Fits the canvas to its box and draws; gives what was drawn, for pointers. */
function draw(props: StreamCanvasProps, box: HTMLElement, canvas: HTMLCanvasElement): StreamPicture | undefined {
  const { clientWidth: width, clientHeight: height } = box;
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return undefined;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const { model, servers, window, only, now } = props;
  const endMs = window.untilMs ?? now();
  const picture: StreamPicture = {
    servers,
    startMs: endMs - window.spanMs,
    endMs,
    left: width < NARROW ? NAMES_WIDTH * 0.62 : NAMES_WIDTH,
    width,
    height,
    laneHeight: Math.max(LEAST_LANE, Math.min(MOST_LANE, (height - AXIS_HEIGHT) / servers.length)),
    scrolled: box.scrollTop,
    only,
    pointedMs: pointedMs(),
  };
  canvas.dataset["rectangles"] = String(drawStream(model, context, picture));
  return picture;
}

type Ref<T> = { readonly current: T };

function useGestures(
  box: Ref<HTMLDivElement | null>,
  canvas: Ref<HTMLCanvasElement | null>,
  latest: Ref<StreamCanvasProps>,
  picture: Ref<StreamPicture | undefined>,
): void {
  useEffect(() => {
    const element = box.current;
    const drawn = canvas.current;
    if (element === null || drawn === null) return undefined;
    const ended = new AbortController();
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      listener: (event: HTMLElementEventMap[Type]) => void,
    ): void => element.addEventListener(type, listener, { signal: ended.signal, passive: false });
    const pointers = new Map<number, { x: number; y: number }>();
    let moved = 0;
    const placeOf = (event: MouseEvent): { x: number; y: number } => {
      const { left, top } = drawn.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const shareAt = (x: number): number => {
      const { current: shown } = picture;
      return shown === undefined ? 0.5 : Math.max(0, (x - shown.left) / (shown.width - shown.left));
    };
    const widthOf = (): number => (picture.current === undefined ? 1 : picture.current.width - picture.current.left);
    const change = (next: (before: TimeWindow, nowMs: number) => TimeWindow): void =>
      latest.current.change((before) => next(before, latest.current.now()));
    const leave = (): void => {
      pointAt(undefined);
      latest.current.hover(undefined);
    };

    on("wheel", (event) => {
      const scrolls = element.scrollHeight > element.clientHeight + 1;
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (scrolls && !sideways && !event.ctrlKey) return;
      event.preventDefault();
      if (sideways) change((before, nowMs) => pan(before, event.deltaX / widthOf(), nowMs));
      else {
        const share = shareAt(placeOf(event).x);
        change((before, nowMs) => zoom(before, Math.exp(event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), share, nowMs));
      }
    });
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, placeOf(event));
      moved = 0;
    });
    on("pointermove", (event) => {
      const at = placeOf(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) {
        const { current: shown } = picture;
        if (shown === undefined || at.x < shown.left) return leave();
        pointAt(timeAt(shown, at.x));
        const hit = hitAt(latest.current.model, shown, at.x, at.y);
        latest.current.hover(hit === undefined ? undefined : { hit, ...at });
        return;
      }
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      pointers.set(event.pointerId, at);
      moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
      const [other] = others;
      if (other === undefined) {
        if (moved <= CLICK_PIXELS) return;
        if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
        leave();
        change((window, nowMs) => pan(window, (before.x - at.x) / widthOf(), nowMs));
      } else {
        const factor = Math.max(8, Math.abs(before.x - other.x)) / Math.max(8, Math.abs(at.x - other.x));
        change((window, nowMs) => zoom(window, factor, shareAt((at.x + other.x) / 2), nowMs));
      }
    });
    on("pointerup", (event) => {
      const began = pointers.delete(event.pointerId);
      const { current: shown } = picture;
      if (!began || moved > CLICK_PIXELS || shown === undefined) return;
      const { x, y } = placeOf(event);
      const task = hitAt(latest.current.model, shown, x, y)?.task;
      if (task !== undefined) latest.current.open(task);
      else if (x >= shown.left) pinTime(timeAt(shown, x));
    });
    on("pointercancel", (event) => void pointers.delete(event.pointerId));
    on("pointerleave", leave);
    return () => {
      ended.abort();
      leave();
    };
  }, [box, canvas, latest, picture]);
}
