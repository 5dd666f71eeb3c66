/** The codec of a runtime: its references, channels and registered classes, made once. */
import { wireForms } from "../message/wire-forms.ts";
import type { Runtime } from "../task/runtime.ts";
import { Codec } from "../wire/codec.ts";
import { earlyClasses } from "./early-classes.ts";

// Keyed by the runtime, so what is registered hangs on it and goes with it.
const codecs = new WeakMap<Runtime, Codec>();

export function codecOf(runtime: Runtime): Codec {
  let codec = codecs.get(runtime);
  if (codec === undefined) {
    codec = new Codec(wireForms(runtime));
    earlyClasses(runtime).handTo(codec);
    codecs.set(runtime, codec);
  }
  return codec;
}
