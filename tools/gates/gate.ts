/** What a gate is, and what gates share: fresh clones and commands in them. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Gate {
  /** What it proves, as one line. */
  readonly proves: string;
  /** It fails when it takes longer. */
  readonly limitMs: number;
  run(): Promise<void>;
}

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly code: number;
  /** Standard output and error, as they came. */
  readonly output: string;
  readonly tookMs: number;
}

/** Makes a clone of what is committed in an empty folder, gives it to `use`, and removes it. */
export async function inFreshClone<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "skein-clone-"));
  try {
    execFileSync("git", ["clone", "--quiet", root, folder], { stdio: "inherit" });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment a user would have: without our node_modules in front. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SKEIN_") && !name.startsWith("npm_"));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

/** Runs a command as a user would, and waits for its end; never throws for its exit code. */
export async function command(folder: string, name: string, args: readonly string[]): Promise<Outcome> {
  const startMs = performance.now();
  const child = spawn(name, args, { cwd: folder, env: userEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  const output = Buffer.concat(chunks).toString();
  return { code: typeof code === "number" ? code : 1, output, tookMs: performance.now() - startMs };
}

/** Throws with the output's end when `holds` is false. */
export function expectThat(holds: boolean, what: string, outcome?: Outcome): void {
  if (holds) return;
  const end = outcome === undefined ? "" : `\nexit ${outcome.code}, last words:\n${outcome.output.slice(-3000)}`;
  throw new Error(`${what}${end}`);
}
