/** The functions of a pool: a number for each, and where its workers find it. */
import { SkeinError } from "../errors.ts";
import { isStub, type PoolCallable, stubOf } from "./function-stub.ts";
import type { FunctionPlace, PoolHost } from "./pool.ts";
import type { PoolFunction } from "./portion.ts";
import type { PoolPlace } from "./place.ts";

export interface Known {
  readonly fn: PoolFunction;
  /** Until its code is there. */
  making: Promise<void> | undefined;
}

/** Functions told apart; past that those used long ago are sent again. */
const KNOWN_FUNCTIONS = 10_000;

export class KnownFunctions {
  readonly #codeOf: PoolHost["codeOf"];
  #places: readonly PoolPlace[];
  #known = new WeakMap<PoolCallable, Known>();
  /** By where the code is: functions made again and again at one place are one. */
  #byCode = new Map<unknown, Known>();
  #functions = 0;

  constructor(codeOf: PoolHost["codeOf"], places: readonly PoolPlace[]) {
    this.#codeOf = codeOf;
    this.#places = places;
  }

  /** Other places: they say anew where functions are. */
  at(places: readonly PoolPlace[]): void {
    this.#places = places;
    this.#known = new WeakMap();
    this.#byCode = new Map();
  }

  /** @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `OPTION_INVALID`, `CODE_UNKNOWN` */
  find(fn: PoolCallable): Known {
    const found = this.#known.get(fn);
    if (found !== undefined) return found;
    if (typeof fn === "function") refuseUncallable(fn);
    else if (!isStub(fn)) throw notAFunction(fn);
    const described = this.#describe(fn);
    const [first] = described.values();
    const key = first?.key;
    const known = this.#byCode.get(key) ?? this.#learn(fn, key, described);
    this.#known.set(fn, known);
    return known;
  }

  /** Where it is found, for each kind of place. */
  #describe(fn: PoolCallable): Map<unknown, FunctionPlace> {
    const described = new Map<unknown, FunctionPlace>();
    const codeOf = this.#codeOf;
    if (codeOf !== undefined && this.#places.some((place) => place.codeOf === undefined)) {
      described.set(undefined, codeOf(fn));
    }
    for (const place of this.#places) if (place.codeOf !== undefined) described.set(place, place.codeOf(fn));
    return described;
  }

  #learn(fn: PoolCallable, key: unknown, described: ReadonlyMap<unknown, FunctionPlace>): Known {
    this.#functions += 1;
    const name = typeof fn === "function" ? fn.name : (stubOf(fn)?.fn ?? "");
    const codes = new Map<unknown, unknown>();
    const makings: Promise<void>[] = [];
    for (const [place, { code }] of described) {
      if (!(code instanceof Promise)) codes.set(place, code);
      else makings.push(code.then((made: unknown) => void codes.set(place, made)));
    }
    const known: Known = {
      fn: {
        id: this.#functions,
        name: name || "anonymous",
        codes,
        tookCalls: 0,
        tookMs: 0,
        isAsync: false,
        callBytes: 0,
      },
      making: undefined,
    };
    if (makings.length > 0) this.#await(known, Promise.all(makings), fn, key);
    if (this.#byCode.size >= KNOWN_FUNCTIONS) this.#byCode.clear();
    this.#byCode.set(key, known);
    return known;
  }

  #await(known: Known, made: Promise<unknown>, fn: PoolCallable, key: unknown): void {
    const making = made.then(() => {
      known.making = undefined;
      return undefined;
    });
    known.making = making;
    making.catch(() => {
      // The next use tries again.
      this.#byCode.delete(key);
      this.#known.delete(fn);
    });
  }
}

const CLASS_TEXT = /^class\b/;
const GENERATORS: ReadonlySet<string> = new Set(["[object GeneratorFunction]", "[object AsyncGeneratorFunction]"]);

/** A call of these gives nothing that can be sent. @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` */
function refuseUncallable(fn: { readonly name: string }): void {
  const isGenerator = GENERATORS.has(Object.prototype.toString.call(fn));
  if (!isGenerator && !CLASS_TEXT.test(Function.prototype.toString.call(fn))) return;
  const name = fn.name || "anonymous";
  throw new SkeinError(
    "FUNCTION_NOT_SELF_CONTAINED",
    `${name} can't be sent: it is a ${isGenerator ? "generator function" : "class"}`,
    {
      hint: isGenerator
        ? `give a function that returns what it makes: (x) => [...${name}(x)]`
        : `give a function that makes what you want of it: (x) => new ${name}(x).value`,
    },
  );
}

const notAFunction = (value: unknown): SkeinError =>
  new SkeinError("OPTION_INVALID", `a pool was given a ${typeof value} to run`, { hint: "give a function" });
