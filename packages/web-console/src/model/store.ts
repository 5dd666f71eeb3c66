/** Holds a model and tells those who draw it, at most once per frame. */
import type { Topic } from "@skein/runtime";
import { createModel, type ClusterModel } from "./cluster-model.ts";
import { type ModelInput, reduce } from "./reduce.ts";

/** Asks for one call before the next frame; `requestAnimationFrame` in pages, which rests in hidden tabs. */
export type RequestFrame = (callback: () => void) => void;

export class ClusterStore {
  readonly model: ClusterModel = createModel();
  readonly #requestFrame: RequestFrame;
  readonly #listeners = new Set<() => void>();
  /** Topics that are looked at, with how many look. */
  readonly #looks = new Map<Topic, number>();
  /** Topics that nobody can see now, though a view looks at them. */
  #rests: (topic: Topic) => boolean = () => false;
  #told = "";
  readonly #topicListeners = new Set<(topics: readonly Topic[]) => void>();
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

  /** Looks at topics until the returned function is called. */
  look(topics: readonly Topic[]): () => void {
    let looking = true;
    this.#count(topics, 1);
    return () => {
      if (looking) this.#count(topics, -1);
      looking = false;
    };
  }

  /** Calls `listener` with the topics that are looked at, now and when they change. */
  onTopics(listener: (topics: readonly Topic[]) => void): () => void {
    this.#topicListeners.add(listener);
    listener(this.#topics());
    return () => this.#topicListeners.delete(listener);
  }

  /** From now on nothing of the topics that `rests` names is looked at; everything is again with `() => false`. */
  rest(rests: (topic: Topic) => boolean): void {
    this.#rests = rests;
    this.#tell();
  }

  #topics(): readonly Topic[] {
    return [...this.#looks.keys()].filter((topic) => !this.#rests(topic));
  }

  #count(topics: readonly Topic[], by: 1 | -1): void {
    for (const topic of topics) {
      const before = this.#looks.get(topic) ?? 0;
      if (before + by > 0) this.#looks.set(topic, before + by);
      else this.#looks.delete(topic);
    }
    this.#tell();
  }

  #tell(): void {
    const all = this.#topics();
    const told = all.join(" ");
    if (told === this.#told) return;
    this.#told = told;
    this.dispatch({ type: "topics", topics: all });
    for (const listener of this.#topicListeners) listener(all);
  }
}
