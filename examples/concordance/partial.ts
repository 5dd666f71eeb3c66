/** A group's counts on their way to the client: in parts of bounded size, each group taken once. */
import { addWord, type Counts, emptyCounts, type FileNote, longerLine, type LongestLine } from "./count.ts";

/** Words in one part: about 200 KiB, so that no message is large. */
const PART_WORDS = 8000;

export interface Partial {
  readonly group: number;
  /** Names the run that counted: a group that was retried sends parts of two runs, which must not be mixed. */
  readonly run: string;
  readonly part: number;
  readonly parts: number;
  /** The words, a line each: one text crosses faster than thousands of short ones. */
  readonly words: string;
  readonly times: Uint32Array;
  readonly inFiles: Uint32Array;
  /** What isn't per word comes with part 0 only. */
  readonly rest?: PartialRest;
}

export interface PartialRest {
  readonly types: readonly (readonly [type: string, files: number, bytes: number])[];
  readonly files: number;
  readonly bytes: number;
  readonly longest?: LongestLine;
  readonly notes: readonly FileNote[];
}

/** Cuts the counts of a group into parts. */
export function* partsOf(group: number, run: string, counts: Counts): Generator<Partial, void, undefined> {
  const entries = [...counts.words];
  const parts = Math.max(1, Math.ceil(entries.length / PART_WORDS));
  for (let part = 0; part < parts; part += 1) {
    const slice = entries.slice(part * PART_WORDS, (part + 1) * PART_WORDS);
    const words = slice.map(([word]) => word).join("\n");
    const times = Uint32Array.from(slice, ([, count]) => count.times);
    const inFiles = Uint32Array.from(slice, ([, count]) => count.files);
    const body = { group, run, part, parts, words, times, inFiles };
    yield part === 0 ? { ...body, rest: restOf(counts) } : body;
  }
}

const restOf = (counts: Counts): PartialRest => ({
  types: Array.from(counts.types, ([type, { files, bytes }]) => [type, files, bytes] as const),
  files: counts.files,
  bytes: counts.bytes,
  ...(counts.longest === undefined ? {} : { longest: counts.longest }),
  notes: counts.notes,
});

/** Puts parts together again. Whatever comes twice, or from a second run of a group, counts once. */
export class Merger {
  readonly counts: Counts = emptyCounts();
  readonly #groups: number;
  readonly #taken = new Set<number>();
  /** Parts of runs that are not whole yet, by group and run. */
  readonly #open = new Map<number, Map<string, Map<number, Partial>>>();

  constructor(groups: number) {
    this.#groups = groups;
  }

  get done(): boolean {
    return this.#taken.size === this.#groups;
  }

  get groupsTaken(): number {
    return this.#taken.size;
  }

  add(partial: Partial): void {
    const { group } = partial;
    if (this.#taken.has(group)) return;
    const runs = this.#open.get(group) ?? new Map<string, Map<number, Partial>>();
    this.#open.set(group, runs);
    const parts = runs.get(partial.run) ?? new Map<number, Partial>();
    runs.set(partial.run, parts);
    parts.set(partial.part, partial);
    if (parts.size < partial.parts) return;
    this.#taken.add(group);
    this.#open.delete(group);
    for (const part of parts.values()) this.#take(part);
  }

  #take(partial: Partial): void {
    const { counts } = this;
    const words = partial.words === "" ? [] : partial.words.split("\n");
    words.forEach((word, at) => {
      addWord(counts.words, word, partial.times[at] ?? 0, partial.inFiles[at] ?? 0);
    });
    const { rest } = partial;
    if (rest === undefined) return;
    counts.files += rest.files;
    counts.bytes += rest.bytes;
    counts.longest = longerLine(counts.longest, rest.longest);
    counts.notes.push(...rest.notes);
    for (const [type, files, bytes] of rest.types) {
      const known = counts.types.get(type) ?? { files: 0, bytes: 0 };
      counts.types.set(type, { files: known.files + files, bytes: known.bytes + bytes });
    }
  }
}
