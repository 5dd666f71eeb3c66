/** The ability `camera`: a picture whenever a task asks for one. */
import { SECOND_MS } from "@skein/runtime";
import { ABILITY_FRAMES_PER_SECOND } from "@skein/runtime/host";
import { type Ability, numberOf, unavailable, unlessGivenUp, wrong } from "./ability.ts";
import { type Capture, captureAbility, isOver } from "./capture.ts";
import { END } from "./kept-values.ts";

const USUAL_FRAMES_PER_SECOND = 5;
const JPEG_QUALITY = 0.8;
/** More no camera has. */
const MOST_PIXELS = 8192;

export const cameraAbility = (): Ability =>
  captureAbility({
    name: "camera",
    constraints: (wishes) => {
      const { width, height } = readWishes(wishes);
      return {
        video: {
          ...(width === 0 ? {} : { width: { ideal: width } }),
          ...(height === 0 ? {} : { height: { ideal: height } }),
        },
      };
    },
    start: async (stream, wishes, signal) => await takesPictures(stream, readWishes(wishes).framesPerSecond, signal),
  });

function readWishes(wishes: unknown): { width: number; height: number; framesPerSecond: number } {
  if (typeof wishes !== "object" || wishes === null) throw wrong("camera's options are no object");
  // Each field is looked at before it is used.
  const { width, height, framesPerSecond } = wishes as Record<string, unknown>;
  return {
    width: numberOf(width, "width", { usual: 0, most: MOST_PIXELS }),
    height: numberOf(height, "height", { usual: 0, most: MOST_PIXELS }),
    framesPerSecond: numberOf(framesPerSecond, "framesPerSecond", {
      usual: USUAL_FRAMES_PER_SECOND,
      most: ABILITY_FRAMES_PER_SECOND,
    }),
  };
}

async function takesPictures(stream: MediaStream, framesPerSecond: number, signal: AbortSignal): Promise<Capture> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await unlessGivenUp(video.play(), signal);
  const canvas = document.createElement("canvas");
  const sinceMs = performance.now();
  let nextMs = sinceMs;
  const take = async (): Promise<unknown> => {
    if (isOver(stream)) return END;
    nextMs = performance.now() + SECOND_MS / framesPerSecond;
    const { videoWidth: width, videoHeight: height } = video;
    Object.assign(canvas, { width, height });
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const timeMs = performance.now() - sinceMs;
    const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
    if (jpeg === null) throw unavailable("camera", "this browser makes no picture of it");
    return { done: false, value: { timeMs, width, height, bytes: new Uint8Array(await jpeg.arrayBuffer()) } };
  };
  let before: Promise<unknown> = Promise.resolve();
  return {
    // One after the other: they share a canvas.
    next: async (given) => {
      const picture = before.then(async () => {
        await until(nextMs, given);
        return await take();
      });
      before = picture.catch(() => undefined);
      return await picture;
    },
    end: () => {
      video.srcObject = null;
    },
  };
}

async function until(timeMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const waitMs = timeMs - performance.now();
  if (waitMs <= 0) return;
  await unlessGivenUp(new Promise<void>((resolve) => setTimeout(resolve, waitMs)), signal);
}
