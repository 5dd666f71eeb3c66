/** What the job found, as tables for people. */
import Table from "cli-table3";
import { type Counts, type FileNote, type WordCount } from "./count.ts";
import { type GroupDone } from "./tasks.ts";

const MOST_WORDS = 20;
const MOST_TYPES = 12;
const MOST_NOTES = 5;

const numbers = new Intl.NumberFormat("en");
export const count = (value: number): string => numbers.format(value);

/** Bytes as people read them: powers of 1000. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? "TB"}`;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The most frequent words; of equals the first in the alphabet. */
export const topWords = (words: ReadonlyMap<string, WordCount>, most: number = MOST_WORDS): [string, WordCount][] =>
  [...words].toSorted(([a, x], [b, y]) => y.times - x.times || (a < b ? -1 : 1)).slice(0, most);

const table = (head: string[], right: readonly number[]): Table.Table =>
  new Table({
    head,
    colAligns: head.map((_, column) => (right.includes(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });

export function wordTable(counts: Counts): string {
  const rows = table(["", "word", "times", "in files"], [0, 2, 3]);
  topWords(counts.words).forEach(([word, { times, files }], at) => {
    rows.push([at + 1, word, count(times), count(files)]);
  });
  return rows.toString();
}

export function typeTable(counts: Counts): string {
  const rows = table(["type", "files", "bytes", "share"], [1, 2, 3]);
  const types = [...counts.types].toSorted(([a, x], [b, y]) => y.bytes - x.bytes || (a < b ? -1 : 1));
  for (const [type, { files, bytes }] of types.slice(0, MOST_TYPES)) {
    rows.push([type, count(files), size(bytes), `${((100 * bytes) / Math.max(1, counts.bytes)).toFixed(1)} %`]);
  }
  const rest = types.slice(MOST_TYPES);
  if (rest.length > 0) {
    const files = rest.reduce((sum, [, type]) => sum + type.files, 0);
    const bytes = rest.reduce((sum, [, type]) => sum + type.bytes, 0);
    rows.push([`${rest.length} more`, count(files), size(bytes), `${((100 * bytes) / counts.bytes).toFixed(1)} %`]);
  }
  return rows.toString();
}

/** What each server did of the whole. */
export function serverTable(done: readonly GroupDone[]): string {
  const rows = table(["server", "groups", "files", "bytes", "busy", "share"], [1, 2, 3, 4, 5]);
  const allBytes = done.reduce((sum, group) => sum + group.bytes, 0);
  const byServer = Map.groupBy(done, (group) => group.server);
  for (const [server, groups] of [...byServer].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const sum = (of: (group: GroupDone) => number): number => groups.reduce((total, group) => total + of(group), 0);
    const bytes = sum((group) => group.bytes);
    const share = `${((100 * bytes) / Math.max(1, allBytes)).toFixed(1)} %`;
    rows.push([
      shortId(server),
      count(groups.length),
      count(sum((group) => group.files)),
      size(bytes),
      seconds(sum((group) => group.busyMs)),
      share,
    ]);
  }
  return rows.toString();
}

/** `…` and the last characters of a peer's id, with the server's number. */
export const shortId = (server: string): string => {
  const [peer = "", number = ""] = server.split("/");
  return `…${peer.slice(-6)}/${number}`;
};

export function longestLine(counts: Counts): string {
  const { longest } = counts;
  return longest === undefined
    ? "no lines"
    : `longest line: ${count(longest.length)} characters, ${longest.path}:${count(longest.line)}`;
}

const NOTE_WORDS: Record<FileNote["kind"], string> = {
  empty: "empty",
  binary: "binary (bytes counted, words not)",
  generated: "source maps (bytes counted, words not)",
  "invalid-utf8": "not valid UTF-8 (counted as far as it could be read)",
  unreadable: "unreadable",
  loop: "a link that leads back to a folder above it (not followed)",
  special: "no files (sockets, pipes, devices)",
};

/** What was odd, a line a kind with the first few places. */
export function noteLines(notes: readonly FileNote[]): string[] {
  return [...Map.groupBy(notes, (note) => note.kind)].map(([kind, some]) => {
    const places = some
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .slice(0, kind === "empty" || kind === "binary" || kind === "generated" ? 0 : MOST_NOTES)
      .map((note) => `\n    ${note.path}${note.detail === undefined ? "" : ` (${note.detail})`}`);
    const more =
      places.length > 0 && some.length > places.length ? `\n    and ${count(some.length - places.length)} more` : "";
    return `  ${count(some.length)} ${NOTE_WORDS[kind]}${places.join("")}${more}`;
  });
}
