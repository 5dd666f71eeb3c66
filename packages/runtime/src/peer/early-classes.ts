/** The classes that a program registers: kept until the runtime's codec is made, then the codec's. */
import type { Runtime } from "../task/runtime.ts";
import { addByTag, type ValueClass } from "../wire/value-class.ts";

/** A codec, as far as it takes classes. */
interface ClassTaker {
  register(one: ValueClass): void;
}

export class EarlyClasses {
  readonly #byTag = new Map<string, ValueClass>();
  readonly #known = new WeakSet<object>();
  #codec: ClassTaker | undefined;

  /** Makes a class known; the same one twice does nothing. @throws {SkeinError} `NAME_TAKEN` */
  register(one: ValueClass): void {
    if (this.#codec === undefined) addByTag(this.#byTag, one);
    else this.#codec.register(one);
    this.#known.add(one.Class);
  }

  /** Makes a class known, unless it is, under whatever name. @throws {SkeinError} `NAME_TAKEN` */
  registerOnce(one: ValueClass): void {
    if (!this.#known.has(one.Class)) this.register(one);
  }

  /** From now on `codec` keeps them. */
  handTo(codec: ClassTaker): void {
    for (const one of this.#byTag.values()) codec.register(one);
    this.#byTag.clear();
    this.#codec = codec;
  }
}

// Keyed by the runtime, so what is registered hangs on it and goes with it.
const early = new WeakMap<Runtime, EarlyClasses>();

export function earlyClasses(runtime: Runtime): EarlyClasses {
  let classes = early.get(runtime);
  if (classes === undefined) {
    classes = new EarlyClasses();
    early.set(runtime, classes);
  }
  return classes;
}
