/** Holds a model and tells those who draw it, at most once per frame. */
import { createModel, type ClusterModel } from "./cluster-model.ts";
import { type ModelInput, reduce } from "./reduce.ts";

/** Asks for one call before the next frame; `requestAnimationFrame` in pages, which rests in hidden tabs. */
export type RequestFrame = (callback: () => void) => void;

export class ClusterStore {
  readonly model: ClusterModel = createModel();
  readonly #requestFrame: RequestFrame;
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #asked = false;

  constructor(requestFrame: RequestFrame = (callback) => void requestAnimationFrame(callback)) {
    this.#requestFrame = requestFrame;
  }

  /** Grows with each frame in which something changed: what React compares. */
  get version(): number {
    return this.#version;
  }

  dispatch(input: ModelInput): void {
    reduce(this.model, input);
    if (this.#asked) return;
    this.#asked = true;
    this.#requestFrame(() => {
      this.#asked = false;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
