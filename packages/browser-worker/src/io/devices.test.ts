import { expect, test } from "vitest";
import { cameraAbility } from "./camera.ts";
import { gpuAbility } from "./gpu.ts";
import { microphoneAbility } from "./microphone.ts";

const always = new AbortController().signal;
const ran = async (work: Promise<unknown> | undefined): Promise<{ value?: unknown; code?: unknown }> => {
  try {
    return { value: await work };
  } catch (error) {
    return { code: Reflect.get(Object(error), "code") };
  }
};
const UNAVAILABLE = { code: "ABILITY_UNAVAILABLE" };

/** Whether this engine has such a device, of its own for tests. */
const has = async (kind: "audioinput" | "videoinput"): Promise<boolean> => {
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  return (await devices?.enumerateDevices())?.some((one) => one.kind === kind) ?? false;
};

test("a camera gives pictures until it is closed, or is unavailable by its name", async () => {
  const ability = cameraAbility();
  const { calls } = ability;
  const id = await calls["open"]?.([{ width: 320, framesPerSecond: 30 }], always);
  const first = await ran(calls["next"]?.([id], always));
  if (await has("videoinput")) {
    expect(first.value).toMatchObject({
      done: false,
      value: { width: expect.any(Number), bytes: expect.any(Uint8Array) },
    });
    const { bytes } = (first.value as { value: { bytes: Uint8Array } }).value; // as seen above
    expect(Array.from(bytes.subarray(0, 2))).toEqual([0xff, 0xd8]);
    const [a, b] = await Promise.all([calls["next"]?.([id], always), calls["next"]?.([id], always)]);
    expect([a, b]).toMatchObject([{ done: false }, { done: false }]);
  } else expect(first).toEqual(UNAVAILABLE);
  await calls["close"]?.([id], always);
  expect(await calls["next"]?.([id], always)).toEqual({ done: true, value: undefined });
  await expect(calls["open"]?.([{ width: "big" }], always)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  ability.end();
});

/** A Firefox without a sound card lets no sound through. */
const inFirefox = navigator.userAgent.includes("Firefox");

test.skipIf(inFirefox)("a microphone gives sound piece by piece, or is unavailable by its name", async () => {
  const ability = microphoneAbility();
  const { calls } = ability;
  const id = await calls["open"]?.([], always);
  const first = await ran(calls["next"]?.([id], always));
  if (await has("audioinput")) {
    expect(first.value).toMatchObject({ done: false, value: { timeMs: 0, samples: expect.any(Float32Array) } });
    expect(await calls["next"]?.([id], always)).toMatchObject({ done: false });
  } else expect(first).toEqual(UNAVAILABLE);
  ability.end();
});

test("what is closed while it opens ends", async () => {
  const ability = microphoneAbility();
  const { calls } = ability;
  const id = await calls["open"]?.([], always);
  const asked = calls["next"]?.([id], always);
  await calls["close"]?.([id], always);
  expect(await asked).toEqual({ done: true, value: undefined });
  expect(await calls["next"]?.([id], always)).toEqual({ done: true, value: undefined });
  ability.end();
});

const SHADER = `
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> made: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&given)) { made[id.x] = 2 * given[id.x]; }
}`;

test("a shader computes on what it is given, or WebGPU is unavailable by its name", async () => {
  const ability = gpuAbility();
  const { calls } = ability;
  const run = async (work: object) => await ran(calls["run"]?.([work], always));
  const data = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
  const work = { shader: SHADER, buffers: [{ data }, { byteLength: 24, read: true }], workgroups: [2] };
  const result = await run(work);
  const gpu: GPU | undefined = navigator.gpu;
  const adapter = await gpu?.requestAdapter();
  if (adapter) {
    const [doubled] = result.value as readonly ArrayBuffer[]; // one is read
    expect([...new Float32Array(doubled ?? new ArrayBuffer())]).toEqual([2, 4, 6, 8, 10, 12]);
    const wrong = { code: "OPTION_INVALID" };
    expect(await run({ ...work, shader: "fn main( {" })).toEqual(wrong);
    expect(await run({ ...work, entryPoint: "other" })).toEqual(wrong);
    expect(await run({ ...work, buffers: [{ data }] })).toEqual(wrong);
    expect(await run({ ...work, workgroups: [1_000_000] })).toEqual(wrong);
  } else expect(result).toEqual(UNAVAILABLE);
  expect(await run({ ...work, workgroups: [0] })).toEqual({ code: "OPTION_INVALID" });
  expect(await run({ ...work, buffers: [{ byteLength: 2 ** 40 }] })).toEqual({ code: "MESSAGE_TOO_LARGE" });
  ability.end();
});
