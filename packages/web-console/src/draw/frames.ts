/** One loop for everything that moves by itself. It rests in hidden tabs, and with nothing to draw. */

/** Called with the page's clock, in milliseconds since 1970. */
export type Draw = (nowMs: number) => void;

/** 30 pictures a second are smooth for what crawls; one, where people asked for less motion. */
const FRAME_MS = 33;
const STILL_FRAME_MS = 1000;

const drawing = new Set<Draw>();
let running = false;
let lastMs = 0;

/** Calls `draw` before frames, until the returned function is called. */
export function drawFrames(draw: Draw): () => void {
  drawing.add(draw);
  draw(Date.now());
  if (!running) {
    running = true;
    requestAnimationFrame(frame);
  }
  return () => drawing.delete(draw);
}

function frame(timeMs: number): void {
  running = drawing.size > 0;
  if (!running) return;
  requestAnimationFrame(frame);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  // Half a frame of slack: the display's frames never fall exactly on ours.
  if (timeMs - lastMs < (still ? STILL_FRAME_MS : FRAME_MS) - 8) return;
  lastMs = timeMs;
  const nowMs = Date.now();
  for (const draw of drawing) draw(nowMs);
}
