/**
 * Builds the program of a tab's servers, one script without imports, when its sources changed: `node tools/server-program.ts`.
 * Vitest calls it before tests (`globalSetup`).
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PACKAGE = fileURLToPath(new URL("../packages/browser-worker/", import.meta.url));
const OUTPUT = join(PACKAGE, "program/server.js");
const NO_NETWORK = join(PACKAGE, "src/server/no-network.ts");

/** Writes `program/server.js` of browser-worker, unless it is as it would be. @returns its bytes */
export async function buildServerProgram(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE, "src/server/main.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: ["chrome125", "firefox128", "safari18"],
    charset: "utf8",
    legalComments: "none",
    // Asked for its own folder, to leave its frames out of stacks.
    define: { "import.meta.url": '"skein:server"' },
    plugins: [
      {
        name: "no network",
        setup: (plugin) => {
          // Half of the runtime: a worker of others' code has no connections of its own.
          plugin.onResolve({ filter: /\/network-half\.(ts|js)$/ }, () => ({ path: NO_NETWORK }));
        },
      },
    ],
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const before = await readFile(OUTPUT).catch(() => undefined);
  if (before === undefined || digestOf(before) !== digestOf(code)) {
    await mkdir(dirname(OUTPUT), { recursive: true });
    const unfinished = `${OUTPUT}.${process.pid}`;
    await writeFile(unfinished, code);
    await rename(unfinished, OUTPUT);
  }
  return code.byteLength;
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** For vitest. */
export async function setup(): Promise<void> {
  await buildServerProgram();
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`server program: ${await buildServerProgram()} bytes`);
