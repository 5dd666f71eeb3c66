/** The program for hosts that a pool reaches by ssh, in one file that needs nothing but Node. */
import { hash } from "node:crypto";
import { fileURLToPath } from "node:url";

export interface FarProgram {
  /** SHA-256, in hexadecimal. */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** `.ts` while developing, `.js` when published. */
const ENTRY = fileURLToPath(new URL(`./far-main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

let made: Promise<FarProgram> | undefined;

/** Made once in a process: the same bytes for the same version of skein. */
export function farProgram(): Promise<FarProgram> {
  return (made ??= make());
}

async function make(): Promise<FarProgram> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  return { digest: hash("sha256", bytes, "hex"), bytes };
}
