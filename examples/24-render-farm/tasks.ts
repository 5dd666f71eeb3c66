/** What each worker computes: some rows of the Mandelbrot set, as bytes of red, green and blue. */
const STEPS = 400;

export function rows(from: number, to: number, size: number): Uint8Array {
  const out = new Uint8Array((to - from) * size * 3);
  let at = 0;
  for (let y = from; y < to; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const steps = stepsAt((x / size) * 3 - 2.25, (y / size) * 3 - 1.5);
      const light = steps === STEPS ? 0 : steps / STEPS;
      out[at] = 255 * light ** 0.5;
      out[at + 1] = 255 * light;
      out[at + 2] = steps === STEPS ? 0 : 90 + 165 * light;
      at += 3;
    }
  }
  return out;
}

/** Additions and multiplications only: they are the same in every browser and in Node. */
function stepsAt(re: number, im: number): number {
  let [a, b] = [0, 0];
  for (let step = 0; step < STEPS; step += 1) {
    [a, b] = [a * a - b * b + re, 2 * a * b + im];
    if (a * a + b * b > 4) return step;
  }
  return STEPS;
}
