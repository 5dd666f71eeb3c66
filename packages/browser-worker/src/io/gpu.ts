/** The ability `gpu`: compute shaders by WebGPU, run by the page: a shader reaches its own buffers and nothing else. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_GPU_BYTES, ABILITY_GPU_MS, ABILITY_TEXT_LIMIT } from "@skein/runtime/host";
import { type Ability, textOf, unavailable, unlessGivenUp, wrong } from "./ability.ts";

/** Of `GPUBufferUsage` and `GPUMapMode`, which browsers without WebGPU do not have, nor our types. */
const MAP_READ = 0x01;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;
const UNIFORM = 0x40;
const STORAGE = 0x80;

export function gpuAbility(): Ability {
  let opened: Promise<GPUDevice> | undefined;
  const device = async (): Promise<GPUDevice> => {
    const mine = (opened ??= openDevice());
    const forget = (): void => {
      if (opened === mine) opened = undefined;
    };
    try {
      const found = await mine;
      void found.lost.then(forget);
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  };
  return {
    calls: {
      run: async ([given], signal) => {
        const work = readWork(given);
        return await compute(await device(), work, signal);
      },
    },
    end: () => void opened?.then((one) => one.destroy()).catch(() => undefined),
  };
}

async function openDevice(): Promise<GPUDevice> {
  // Insecure contexts and some browsers have none, whatever the types say.
  const gpu: GPU | undefined = navigator.gpu;
  if (gpu === undefined) throw unavailable("gpu", "this page has no WebGPU");
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw unavailable("gpu", "this machine has none that WebGPU can use");
  return await adapter.requestDevice();
}

interface Work {
  readonly shader: string;
  readonly entryPoint: string;
  readonly buffers: readonly {
    readonly data: Uint8Array<ArrayBuffer> | undefined;
    readonly byteLength: number;
    readonly read: boolean;
  }[];
  readonly workgroups: readonly [number, number, number];
}

/** Lengths in WebGPU are whole words. */
const WORD_BYTES = 4;
const inWords = (byteLength: number): number => Math.max(1, Math.ceil(byteLength / WORD_BYTES)) * WORD_BYTES;

function readWork(given: unknown): Work {
  if (typeof given !== "object" || given === null) throw wrong("gpu's argument is no object");
  // Each field is looked at before it is used.
  const { shader, entryPoint = "main", buffers, workgroups } = given as Record<string, unknown>;
  if (!Array.isArray(buffers)) throw wrong("gpu: buffers is no list");
  const all = buffers.map(readBuffer);
  const bytes = all.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (!(bytes <= ABILITY_GPU_BYTES)) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `gpu: its buffers have ${bytes} bytes`, {
      hint: `all of them may have ${ABILITY_GPU_BYTES}`,
    });
  }
  return {
    shader: textOf(shader, "the shader", ABILITY_TEXT_LIMIT),
    entryPoint: textOf(entryPoint, "the entry point", ABILITY_TEXT_LIMIT),
    buffers: all,
    workgroups: readCounts(workgroups),
  };
}

function readBuffer(given: unknown): Work["buffers"][number] {
  if (typeof given !== "object" || given === null) throw wrong("gpu: a buffer is no object");
  // Each field is looked at before it is used.
  const { data, byteLength, read } = given as Record<string, unknown>;
  if (data instanceof Uint8Array) {
    return { data: new Uint8Array(data), byteLength: data.byteLength, read: read === true };
  }
  if (typeof byteLength !== "number" || !Number.isInteger(byteLength) || byteLength < 1) {
    throw wrong("gpu: a buffer has neither data nor a length");
  }
  return { data: undefined, byteLength, read: read === true };
}

function readCounts(given: unknown): Work["workgroups"] {
  const counts: readonly unknown[] = Array.isArray(given) ? given : [];
  const [x, y = 1, z = 1] = counts;
  if (isCount(x) && isCount(y) && isCount(z)) return [x, y, z];
  throw wrong("gpu: workgroups is no list of one to three counts");
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value > 0;

async function compute(device: GPUDevice, work: Work, signal: AbortSignal): Promise<readonly ArrayBuffer[]> {
  const late = AbortSignal.timeout(ABILITY_GPU_MS);
  const made: GPUBuffer[] = [];
  try {
    const given = AbortSignal.any([signal, late]);
    const pipeline = await unlessGivenUp(compile(device, work), given);
    return await unlessGivenUp(runOnce(device, pipeline, { work, made }), given);
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    device.destroy(); // nothing else ends what runs on it
    throw new SkeinError("TIMEOUT", `gpu: it was not done within ${ABILITY_GPU_MS} ms`, { hint: "do less at a time" });
  } finally {
    for (const buffer of made) buffer.destroy();
  }
}

async function compile(device: GPUDevice, { shader, entryPoint }: Work): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code: shader });
  const { messages } = await module.getCompilationInfo();
  const problem = messages.find(({ type }) => type === "error");
  if (problem !== undefined) {
    throw wrong(`gpu: the shader, line ${problem.lineNum}: ${problem.message}`);
  }
  try {
    return await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint } });
  } catch (error) {
    throw wrong(`gpu: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The scopes of errors are the device's: nothing else of it may run between their begin and their end. */
async function runOnce(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  { work, made }: { readonly work: Work; readonly made: GPUBuffer[] },
): Promise<readonly ArrayBuffer[]> {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const asked = submit(device, pipeline, { work, made });
  const errors = [device.popErrorScope(), device.popErrorScope()];
  for (const error of await Promise.all(errors)) {
    if (error !== null) throw wrong(`gpu: ${error.message}`);
  }
  return await Promise.all(
    asked.map(async ({ staging, byteLength }) => {
      await staging.mapAsync(MAP_READ);
      return staging.getMappedRange().slice(0, byteLength);
    }),
  );
}

interface Asked {
  readonly staging: GPUBuffer;
  readonly byteLength: number;
}

function submit(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  { work, made }: { readonly work: Work; readonly made: GPUBuffer[] },
): readonly Asked[] {
  const make = (byteLength: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: inWords(byteLength), usage });
    made.push(buffer);
    return buffer;
  };
  const buffers = work.buffers.map(({ data, byteLength }) => {
    const buffer = make(byteLength, STORAGE | UNIFORM | COPY_SRC | COPY_DST);
    if (data !== undefined) {
      const words = new Uint8Array(inWords(byteLength));
      words.set(data);
      device.queue.writeBuffer(buffer, 0, words);
    }
    return buffer;
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  pass.dispatchWorkgroups(...work.workgroups);
  pass.end();
  const asked: Asked[] = [];
  for (const [at, { byteLength, read }] of work.buffers.entries()) {
    const buffer = buffers[at];
    if (!read || buffer === undefined) continue;
    const staging = make(byteLength, COPY_DST | MAP_READ);
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, inWords(byteLength));
    asked.push({ staging, byteLength });
  }
  device.queue.submit([encoder.finish()]);
  return asked;
}
