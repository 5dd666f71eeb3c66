/** A live function as code of a job: known at once, bundled soon. */
import { SkeinError } from "../errors.ts";
import { type CodeDigest } from "../ids.ts";
import { type FunctionTimes } from "./lease.ts";
import { type RunWhat } from "./run.ts";

/** Where a function is once it is bundled. */
export interface CodePlace {
  readonly code: CodeDigest;
  readonly fn: string;
}

export class LiveCode {
  readonly #name: string;
  readonly #whats = new Map<boolean, LiveWhat>();
  #place: CodePlace | undefined;
  #bundled: Promise<void> | undefined;

  constructor(name: string, place: Promise<CodePlace>) {
    this.#name = name;
    this.#bundled = this.#wait(place);
    this.#bundled.catch(() => undefined); // whoever runs it is told
  }

  /** Resolves when its bundle is made; `undefined` when that is so. */
  get bundled(): Promise<void> | undefined {
    return this.#bundled;
  }

  get place(): CodePlace {
    if (this.#place !== undefined) return this.#place;
    throw new SkeinError("CODE_UNKNOWN", `${this.#name} is not bundled yet`, { hint: "wait for `bundled` first" });
  }

  get name(): string {
    return this.#place?.fn ?? this.#name;
  }

  what(plain: boolean): RunWhat {
    let what = this.#whats.get(plain);
    if (what === undefined) this.#whats.set(plain, (what = new LiveWhat(this, plain)));
    return what;
  }

  async #wait(place: Promise<CodePlace>): Promise<void> {
    this.#place = await place;
    this.#bundled = undefined;
  }
}

class LiveWhat implements RunWhat {
  readonly plain: boolean;
  readonly times: FunctionTimes = { averageMs: undefined };
  readonly #live: LiveCode;

  constructor(live: LiveCode, plain: boolean) {
    this.#live = live;
    this.plain = plain;
  }

  get bundled(): Promise<void> | undefined {
    return this.#live.bundled;
  }

  get code(): CodeDigest {
    return this.#live.place.code;
  }

  get fn(): string {
    return this.#live.name;
  }
}
