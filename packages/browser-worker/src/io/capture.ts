/** What the abilities `camera` and `microphone` have in common: devices that are opened, read from and closed. */
import { errorFrom, SkeinError } from "@skein/runtime";
import { ABILITY_ANSWER_MS, ABILITY_CAPTURES_LIMIT } from "@skein/runtime/host";
import { type Ability, nothing, refused, unavailable, unlessGivenUp } from "./ability.ts";
import { END } from "./kept-values.ts";

/** A device at work. */
export interface Capture {
  /** A step of its stream. */
  next(signal: AbortSignal): Promise<unknown>;
  end(): void;
}

export interface CaptureKind {
  readonly name: "camera" | "microphone";
  /** What is asked of the browser for what the task wishes. Throws `OPTION_INVALID`. */
  readonly constraints: (wishes: unknown) => MediaStreamConstraints;
  readonly start: (stream: MediaStream, wishes: unknown, signal: AbortSignal) => Promise<Capture>;
}

interface Opened {
  readonly stop: AbortController;
  readonly capture: Promise<Capture>;
}

export function captureAbility(kind: CaptureKind): Ability {
  const all = new Map<number, Opened>();
  let last = 0;
  const openedAs = (id: unknown): Opened | undefined => (typeof id === "number" ? all.get(id) : undefined);
  const close = (id: number): void => {
    const opened = all.get(id);
    all.delete(id);
    opened?.stop.abort();
  };
  return {
    calls: {
      // The person is asked meanwhile: what becomes of it the first `next` tells.
      open: async ([wishes]) => {
        const constraints = kind.constraints(wishes);
        if (all.size >= ABILITY_CAPTURES_LIMIT) throw tooMany(kind.name);
        const stop = new AbortController();
        const capture = begin(kind, { constraints, wishes }, stop.signal);
        capture.catch(nothing);
        all.set((last += 1), { stop, capture });
        return last;
      },
      next: async ([id], signal) => {
        const opened = openedAs(id);
        if (opened === undefined) return END;
        try {
          const capture = await unlessGivenUp(opened.capture, signal);
          return await capture.next(AbortSignal.any([signal, opened.stop.signal]));
        } catch (error) {
          if (opened.stop.signal.aborted) return END;
          throw error;
        }
      },
      close: async ([id]) => {
        if (typeof id === "number") close(id);
        return undefined;
      },
    },
    end: () => {
      for (const id of all.keys()) close(id);
    },
  };
}

interface Asked {
  readonly constraints: MediaStreamConstraints;
  readonly wishes: unknown;
}

/** Ends by itself when `stop` is aborted. */
async function begin(kind: CaptureKind, { constraints, wishes }: Asked, stop: AbortSignal): Promise<Capture> {
  const stream = await openStream(kind.name, constraints, stop);
  const stopTracks = (): void => endTracks(stream);
  stop.addEventListener("abort", stopTracks);
  try {
    const capture = await unlessGivenUp(kind.start(stream, wishes, stop), stop, (late) => late.end());
    stop.addEventListener("abort", () => capture.end());
    return capture;
  } catch (error) {
    stopTracks();
    throw error;
  }
}

async function openStream(
  name: CaptureKind["name"],
  constraints: MediaStreamConstraints,
  stop: AbortSignal,
): Promise<MediaStream> {
  // Insecure contexts have none, whatever the types say.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) throw unavailable(name, "this page has none");
  const late = AbortSignal.timeout(ABILITY_ANSWER_MS);
  try {
    return await unlessGivenUp(devices.getUserMedia(constraints), AbortSignal.any([stop, late]), endTracks);
  } catch (error) {
    if (late.aborted && !stop.aborted) throw lateError(name);
    if (stop.aborted) throw error;
    // Some engines' are of no class of DOMException.
    const { name: kind, message } = errorFrom(error);
    throw kind === "NotAllowedError" ? refused(name) : unavailable(name, message || kind);
  }
}

function endTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Whether the device is gone: taken out, or not allowed any more. */
export const isOver = (stream: MediaStream): boolean =>
  stream.getTracks().every(({ readyState }) => readyState === "ended");

const tooMany = (name: string): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `${name}: these tasks have opened it ${ABILITY_CAPTURES_LIMIT} times already`, {
    hint: "close one",
  });

const lateError = (name: string): SkeinError =>
  new SkeinError("TIMEOUT", `${name}: nobody allowed it within ${ABILITY_ANSWER_MS} ms`, { hint: "use another tab" });
