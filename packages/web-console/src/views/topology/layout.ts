/** Where peers stand in the picture: pushed apart, held together by their connections. What is there stays about there. */
import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum,
} from "d3-force";
import { useEffect, useRef, useState } from "react";

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Body extends SimulationNodeDatum {
  readonly id: string;
}

/** Steps between two pictures, while it settles. */
const STEPS_AT_ONCE = 6;
const DISTANCE = 205;
const ROOM = 62;
/** Windows narrower than this are taller than wide. */
export const NARROW = 700;

/** Puts `peers` in their places; `links` are pairs of them. Until it has settled it is drawn again with each frame. */
export function useLayout(
  peers: readonly string[],
  links: readonly (readonly [string, string])[],
): ReadonlyMap<string, Point> {
  const bodies = useRef(new Map<string, Body>());
  const [points, setPoints] = useState<ReadonlyMap<string, Point>>(new Map());
  const key = JSON.stringify([peers, links]);
  useEffect(() => {
    // As it was written just above.
    const [ids, pairs] = JSON.parse(key) as [string[], [string, string][]];
    const before = bodies.current;
    bodies.current = new Map(ids.map((id) => [id, before.get(id) ?? { id }]));
    const all = [...bodies.current.values()];
    const simulation = forceSimulation<Body>(all)
      .force("charge", forceManyBody().strength(-760))
      // As wide or as tall as the window is.
      .force("x", forceX(0).strength(innerWidth < NARROW ? 0.16 : 0.05))
      .force("y", forceY(0).strength(innerWidth < NARROW ? 0.04 : 0.1))
      .force("collide", forceCollide(ROOM))
      .force(
        "link",
        forceLink<Body, { source: string; target: string }>(pairs.map(([source, target]) => ({ source, target })))
          .id(({ id }) => id)
          .distance(DISTANCE),
      )
      // A few that came or went move the rest a little.
      .alpha(before.size > 0 ? 0.4 : 1)
      .stop();
    const show = (): void => setPoints(new Map(all.map(({ id, x = 0, y = 0 }) => [id, { x, y }])));
    const settled = (): boolean => simulation.alpha() < simulation.alphaMin();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      while (!settled()) simulation.tick();
      show();
      return undefined;
    }
    let frame = requestAnimationFrame(function step() {
      simulation.tick(STEPS_AT_ONCE);
      show();
      if (!settled()) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [key]);
  return points;
}
