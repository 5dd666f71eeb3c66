/** The ability `microphone`: its sound in pieces of a tenth of a second. */
import { SECOND_MS } from "@skein/runtime";
import { ABILITY_SOUNDS_KEPT } from "@skein/runtime/host";
import { type Ability, unavailable, unlessGivenUp } from "./ability.ts";
import { type Capture, captureAbility } from "./capture.ts";
import { KeptValues } from "./kept-values.ts";

/** Without a click in the page, or without a sound card, some browsers let no sound through, and do not say so. */
const BEGIN_MS: number = 30 * SECOND_MS;

/** Runs where sound is made. */
const EAR = `registerProcessor("skein-ear", class extends AudioWorkletProcessor {
  piece = new Float32Array(Math.round(sampleRate / 10));
  length = 0;
  heard = 0;
  process([[samples = []] = []]) {
    for (let from = 0; from < samples.length; ) {
      const more = samples.subarray(from, from + this.piece.length - this.length);
      this.piece.set(more, this.length);
      this.length += more.length;
      from += more.length;
      if (this.length < this.piece.length) continue;
      const { piece } = this;
      this.port.postMessage({ timeMs: (1000 * this.heard) / sampleRate, sampleRate, samples: piece }, [piece.buffer]);
      this.heard += this.length;
      this.piece = new Float32Array(this.length);
      this.length = 0;
    }
    return true;
  }
});`;

export const microphoneAbility = (): Ability =>
  captureAbility({ name: "microphone", constraints: () => ({ audio: true }), start: hears });

async function hears(stream: MediaStream, _wishes: unknown, signal: AbortSignal): Promise<Capture> {
  const context = new AudioContext();
  const close = (): void => void context.close().catch(() => undefined);
  try {
    await loadEar(context);
    const begun = AbortSignal.any([signal, AbortSignal.timeout(BEGIN_MS)]);
    await unlessGivenUp(context.resume(), begun).catch((error: unknown) => {
      signal.throwIfAborted();
      throw begun.aborted ? unavailable("microphone", "no sound comes; the page may want a click first") : error;
    });
  } catch (error) {
    close();
    throw error;
  }
  const sounds = new KeptValues(ABILITY_SOUNDS_KEPT);
  const ear = new AudioWorkletNode(context, "skein-ear", { channelCount: 1, channelCountMode: "explicit" });
  ear.port.addEventListener("message", ({ data }: MessageEvent<unknown>) => sounds.push(data));
  ear.port.start();
  // What leads nowhere is not asked for its sound; it gives silence.
  context.createMediaStreamSource(stream).connect(ear).connect(context.destination);
  for (const track of stream.getTracks()) track.addEventListener("ended", () => sounds.end());
  return {
    next: async (given) => await sounds.next(given),
    end: close,
  };
}

async function loadEar({ audioWorklet }: AudioContext): Promise<void> {
  const url = URL.createObjectURL(new Blob([EAR], { type: "text/javascript" }));
  try {
    await audioWorklet.addModule(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
