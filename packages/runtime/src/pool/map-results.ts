/** How the results of a map are read: as a stream that costs little for each of them. */
import type { Operation } from "../contracts/operation.ts";
import { StreamOf } from "../task/stream.ts";
import { Wait } from "../task/wait.ts";

export type Step = IteratorResult<unknown, undefined>;

/** The map that is read. */
export interface ReadMap {
  /** The next result, where there is one now; the end; or `undefined`. @throws what its call threw, or the map's end */
  next(): Step | undefined;
  join(wait: MapWait): void;
  leave(wait: MapWait): void;
  close(): void;
}

export class MapWait extends Wait<Step> {
  readonly #map: ReadMap;

  constructor(map: ReadMap) {
    super();
    this.#map = map;
  }

  protected begin(): boolean {
    const step = this.#map.next();
    if (step === undefined) {
      this.#map.join(this);
      return false;
    }
    this.result = step;
    return true;
  }

  protected abandon(): void {
    this.#map.leave(this);
  }

  describe(): string {
    return "a pool's next result";
  }
}

/** What a map gives: a stream that costs little for each value. */
export class MapResults<R> extends StreamOf<R> {
  readonly #map: ReadMap;

  constructor(map: ReadMap) {
    super(
      () => new MapWait(map) as Operation<IteratorResult<R, undefined>>, // its values are results of a function that gives R
      () => map.close(),
    );
    this.#map = map;
  }

  override [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
    const map = this.#map;
    const slow = super[Symbol.asyncIterator]();
    return {
      next() {
        let step: Step | undefined;
        try {
          step = map.next();
        } catch (error) {
          return Promise.reject(error);
        }
        // As above.
        return step === undefined ? slow.next() : (Promise.resolve(step) as Promise<IteratorResult<R, undefined>>);
      },
      return: () => slow.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    };
  }
}
