import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
/** Lowest first; a folder imports only from those before it, and from itself. */
const LAYERS = [
  "",
  "contracts",
  "task",
  "sync",
  "message",
  "fault",
  "wire",
  "link",
  "pool",
  "pipe",
  "peer",
  "cluster",
  "testing",
];

const sources = readdirSync(here, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
);
const folderOf = (file: string): string => (file.includes(sep) ? (file.split(sep)[0] ?? "") : "");
const importsOf = (file: string): string[] =>
  Array.from(
    readFileSync(join(here, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g),
    ([, path = ""]) => path,
  );

test("a folder of the runtime imports only from the folders below it", () => {
  const upward = sources
    .filter((file) => folderOf(file) !== "")
    .flatMap((file) =>
      importsOf(file)
        .filter((path) => path.startsWith("."))
        .map((path) => ({ file, path, to: folderOf(relative(here, join(here, dirname(file), path))) }))
        .filter(({ to }) => LAYERS.indexOf(to) > LAYERS.indexOf(folderOf(file))),
    );
  expect(sources.length).toBeGreaterThan(30);
  expect(upward).toEqual([]);
});

test("every folder of the runtime has its place in the order", () => {
  const folders = new Set(sources.map(folderOf));
  expect([...folders].filter((folder) => !LAYERS.includes(folder))).toEqual([]);
});

test("libp2p is known only to the files that are named after it", () => {
  const others = sources.filter((file) => !/peer[/\\]libp2p-/.test(file));
  expect(
    others.filter((file) => importsOf(file).some((path) => /libp2p|multiaddr/.test(path) && !path.startsWith("."))),
  ).toEqual([]);
});

test("nothing of a host is imported by the runtime", () => {
  expect(sources.filter((file) => importsOf(file).some((path) => path.startsWith("node:")))).toEqual([]);
});
