/** Arguments whose buffers are moved: nobody here can use or change them any more. */
import { SkeinError } from "../errors.ts";
import { isPlain } from "../wire/plain.ts";

/**
 * The arguments with the buffers of `transfer` (and views of them) taken away from who gave them, as `postMessage` does:
 * his have no bytes any more. No byte is copied; lists and plain objects around them are.
 *
 * @throws {SkeinError} `OPTION_INVALID` when one of them is no buffer, or can't be moved
 */
export function movedArgs(args: readonly unknown[], transfer: readonly object[]): readonly unknown[] {
  const buffers = new Set(transfer.map(bufferOf));
  const found = new Set<object>();
  const seen = new Set<unknown>();
  const look = (value: unknown): void => {
    if (isOn(value, buffers)) found.add(value);
    if (seen.has(value)) return;
    seen.add(value);
    for (const part of partsOf(value)) look(part);
  };
  look(args);
  const before = [...found];
  let after: readonly object[];
  try {
    after = structuredClone(before, { transfer: [...buffers] });
  } catch (error) {
    throw notMovable("one of them can't be moved: it was moved before, or others have a part of it", error);
  }
  // By what stood there; containers are made once, and may hold themselves.
  const made = new Map<unknown, object | undefined>(before.map((value, index) => [value, after[index]]));
  const replaced = (value: unknown): unknown => {
    const parts = partsOf(value);
    const own = made.get(value);
    if (own !== undefined || parts === NO_PARTS) return own ?? value;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      made.set(value, list);
      for (const part of value) list.push(replaced(part));
      return list;
    }
    const object: Record<string, unknown> = {};
    made.set(value, object);
    // What has parts and is no list is an object.
    for (const [key, part] of Object.entries(value as object)) object[key] = replaced(part);
    return object;
  };
  return args.map(replaced);
}

function bufferOf(value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) return value.buffer;
  throw notMovable("one of them is no ArrayBuffer");
}

const isOn = (value: unknown, buffers: ReadonlySet<unknown>): value is object =>
  buffers.has(value) || (ArrayBuffer.isView(value) && buffers.has(value.buffer));

const NO_PARTS: readonly unknown[] = [];

/** What it holds, of lists and plain objects. */
function partsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isPlain(value) ? Object.values(value) : NO_PARTS;
}

const notMovable = (why: string, cause?: unknown): SkeinError =>
  new SkeinError("OPTION_INVALID", `buffers to transfer: ${why}`, {
    hint: "give ArrayBuffers, or views of all of one; small Buffers of Node share theirs with others",
    cause,
  });
