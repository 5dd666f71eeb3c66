/** Changes bytes and text as a broken or hostile peer might: a few places, or what counts and lengths say. */

type Random = () => number;

const upTo = (random: Random, count: number): number => Math.floor(random() * count);
/** Bytes that mean most in our forms: counts that are huge, tokens of containers, pointers, instances. */
const TELLING = [
  0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xcf, 0xdb, 0xdd, 0xdf, 0xe0, 0xe2, 0xe3, 0xe4, 0xe5, 0xe8, 0xe9, 0xea,
  0xff,
];

/** A changed copy of `bytes`; sometimes with a part of `other`. Never more than twice as long. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let list = [...bytes];
  const changes = 1 + upTo(random, 5);
  for (let change = 0; change < changes; change += 1)
    list = mutated(list, other, random).slice(0, bytes.byteLength * 2 + 64);
  return new Uint8Array(list);
}

function mutated(list: number[], other: Uint8Array, random: Random): number[] {
  if (list.length === 0) return [upTo(random, 256)];
  const at = upTo(random, list.length + 1);
  const end = Math.min(list.length, at + 1 + upTo(random, 8));
  switch (upTo(random, 8)) {
    case 0:
      return list.with(Math.min(at, list.length - 1), upTo(random, 256));
    case 1:
      return list.with(Math.min(at, list.length - 1), TELLING[upTo(random, TELLING.length)] ?? 0);
    case 2:
      return [
        ...list.slice(0, at),
        ...Array.from({ length: 1 + upTo(random, 6) }, () => upTo(random, 256)),
        ...list.slice(at),
      ];
    case 3:
      return [...list.slice(0, at), ...list.slice(end)];
    case 4:
      return list.slice(0, at);
    case 5:
      // The same part again and again: depth and many small containers.
      return [
        ...list.slice(0, at),
        ...Array.from({ length: 1 + upTo(random, 40) }, () => list.slice(at, end)).flat(),
        ...list.slice(at),
      ];
    case 6:
      return [...list.slice(0, at), 0xff, 0xff, 0xff, 0xff, 0x0f, ...list.slice(end)];
    default: {
      const from = upTo(random, other.byteLength + 1);
      return [...list.slice(0, at), ...other.subarray(from, from + upTo(random, 40)), ...list.slice(end)];
    }
  }
}

/** Characters that mean something in tokens, addresses and names. */
const SIGNS = [
  "/",
  "..",
  ".",
  "\0",
  ":",
  "=",
  "-",
  "_",
  "\\",
  "é",
  "\uD800",
  "İ",
  " ",
  "%2e",
  "#",
  "skein:",
  "con",
  "[",
  "]",
  "@",
  "9".repeat(30),
];

export function mutateText(text: string, random: Random): string {
  let changed = text;
  const changes = 1 + upTo(random, 4);
  for (let change = 0; change < changes; change += 1) {
    const at = upTo(random, changed.length + 1);
    const end = at + upTo(random, 6);
    const sign = random() < 0.5 ? (SIGNS[upTo(random, SIGNS.length)] ?? "") : String.fromCharCode(upTo(random, 0x2100));
    const kept = random() < 0.3 ? changed.slice(at, end).repeat(1 + upTo(random, 60)) : "";
    changed = changed.slice(0, at) + (random() < 0.7 ? sign : "") + kept + changed.slice(end);
  }
  return changed.slice(0, 20_000);
}
