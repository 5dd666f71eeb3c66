/** What Vite says of a page that it has built: its chunks, what they import, and how much of them a browser downloads. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { filesBelow } from "./page-parts.ts";

/** A chunk in Vite's manifest. */
export interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}
export type Manifest = Readonly<Record<string, Chunk>>;

/** Takes the manifest out of what was built. */
export async function takeManifest(outDir: string): Promise<Manifest> {
  // Vite's own words.
  const manifest = JSON.parse(await readFile(join(outDir, ".vite/manifest.json"), "utf8")) as Manifest;
  await rm(join(outDir, ".vite"), { recursive: true });
  return manifest;
}

/** Chunks with all that they import, each after those. @throws {Error} where chunks import each other in a circle */
export function withImports(manifest: Manifest, keys: readonly string[]): readonly string[] {
  const [done, under] = [new Set<string>(), new Set<string>()];
  const visit = (key: string): void => {
    if (done.has(key)) return;
    if (under.has(key)) throw new Error(`the chunk ${key} imports itself in a circle: no order of blobs has that`);
    under.add(key);
    for (const one of chunkOf(manifest, key).imports ?? []) visit(one);
    done.add(key);
  };
  for (const key of keys) visit(key);
  return [...done];
}

export function chunkOf(manifest: Manifest, key: string): Chunk {
  const found = manifest[key];
  if (found === undefined) throw new Error(`the build has no ${key}`);
  return found;
}

/** The key that ends so: those of libraries begin with the way to them. */
export const keyEnding = (manifest: Manifest, end: string): string =>
  Object.keys(manifest).find((key) => key.endsWith(end)) ?? end;

/** Compresses each script and style of a page, beside it. @returns bytes of the document and of these chunks, compressed */
export async function compressPage(outDir: string, manifest: Manifest, keys: readonly string[]): Promise<number> {
  const needed = new Set(
    withImports(manifest, keys).flatMap((key) => {
      const { file, css = [] } = chunkOf(manifest, key);
      return [file, ...css];
    }),
  );
  let bytes = gzipSync(await readFile(join(outDir, "index.html")), { level: 9 }).byteLength;
  for (const file of await filesBelow(join(outDir, "assets"))) {
    if (!/\.(?:js|css)$/.test(file)) continue;
    const gzip = gzipSync(await readFile(file), { level: 9 });
    await writeFile(`${file}.gz`, gzip);
    if (needed.has(relative(outDir, file))) bytes += gzip.byteLength;
  }
  return bytes;
}
