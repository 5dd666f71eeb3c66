/** The codec of a runtime: its references, channels and registered classes, made once. */
import { wireForms } from "../message/wire-forms.ts";
import type { Runtime } from "../task/runtime.ts";
import { Codec } from "../wire/codec.ts";
import { earlyClasses } from "./early-classes.ts";

const SIMULATED_STACK_LENGTH = 500;

// Keyed by the runtime, so what is registered hangs on it and goes with it.
const codecs = new WeakMap<Runtime, Codec>();

export function codecOf(runtime: Runtime): Codec {
  let codec = codecs.get(runtime);
  if (codec === undefined) {
    // Engines write stacks differently: what is sent in a simulation must not be longer in one than in another.
    const stackLength = runtime.platform.kind === "simulated" ? SIMULATED_STACK_LENGTH : undefined;
    codec = new Codec(wireForms(runtime), stackLength);
    earlyClasses(runtime).handTo(codec);
    codecs.set(runtime, codec);
  }
  return codec;
}
