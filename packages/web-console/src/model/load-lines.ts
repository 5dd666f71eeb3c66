/** How a node was loaded at its last reports, in typed arrays: what the lines of its page are drawn from. */
import type { NodeLoad } from "@skein/runtime";

/** Reports kept: a quarter of an hour at one every two seconds. */
export const LOAD_SAMPLES = 450;

/** The lines of a node, each as long as {@link LoadLines.timesMs}. */
export interface LoadColumns {
  /** Milliseconds since 1970. */
  readonly timesMs: readonly number[];
  readonly cpuBusy: readonly number[];
  readonly memoryFree: readonly number[];
  readonly diskFree: readonly number[];
  readonly running: readonly number[];
}

export class LoadLines {
  readonly #times: Float64Array = new Float64Array(LOAD_SAMPLES);
  readonly #cpu: Float32Array = new Float32Array(LOAD_SAMPLES);
  readonly #memory: Float32Array = new Float32Array(LOAD_SAMPLES);
  readonly #disk: Float32Array = new Float32Array(LOAD_SAMPLES);
  readonly #running: Uint16Array = new Uint16Array(LOAD_SAMPLES);
  #count = 0;

  add(timeMs: number, load: NodeLoad, running: number): void {
    const at = this.#count % LOAD_SAMPLES;
    this.#times[at] = timeMs;
    this.#cpu[at] = 1 - load.cpuIdleShare;
    this.#memory[at] = load.memoryFreeBytes;
    this.#disk[at] = load.diskFreeBytes;
    this.#running[at] = running;
    this.#count += 1;
  }

  /** Oldest first. */
  columns(): LoadColumns {
    const length = Math.min(this.#count, LOAD_SAMPLES);
    const inOrder = (column: ArrayLike<number>): number[] =>
      Array.from({ length }, (_, index) => column[(this.#count - length + index) % LOAD_SAMPLES] ?? 0);
    return {
      timesMs: inOrder(this.#times),
      cpuBusy: inOrder(this.#cpu),
      memoryFree: inOrder(this.#memory),
      diskFree: inOrder(this.#disk),
      running: inOrder(this.#running),
    };
  }
}
