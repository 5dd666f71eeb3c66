import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every line with a cross has to be found, and no other: in the runtime, time, randomness and I/O are the platform's. */
const PROGRAM = `
import { type Platform } from "../platform.ts";

export function clock(platform: Platform): unknown[] {
  return [
    platform.now(),
    new Date(platform.wallMs()), // ✗
    Date.now(), // ✗
    performance.now(), // ✗
    globalThis.Date, // ✗
  ];
}

export function chance(platform: Platform): unknown[] {
  return [platform.random(), Math.random(), crypto.randomUUID(), platform.randomBytes(4)]; // ✗
}

export function later(platform: Platform, callback: () => void): void {
  platform.startTimer(5, callback);
  platform.nextTurn(callback);
  setTimeout(callback, 5); // ✗
  setInterval(callback, 5); // ✗
  clearTimeout(1); // ✗
  setImmediate(callback); // ✗
  queueMicrotask(callback); // ✗
  requestAnimationFrame(callback); // ✗
  AbortSignal.timeout(5); // ✗
  new MessageChannel(); // ✗
}

export async function outside(): Promise<unknown[]> {
  return [
    await fetch("https://example.org"), // ✗
    new WebSocket("wss://example.org"), // ✗
    new BroadcastChannel("x"), // ✗
    new Worker("x.js"), // ✗
    indexedDB, // ✗
    navigator.hardwareConcurrency, // ✗
    self, // ✗
    document.title, // ✗
    process.env, // ✗
    Buffer.from("x"), // ✗
  ];
}

export const location = "a name of one's own is no global";
export const process2 = (process: string): string => process + location;
`;

test("lint finds time, randomness, timers and I/O that don't come from the platform, in the runtime", () => {
  // Where the workspace's own lint does not look.
  mkdirSync(join(root, "examples/.pages"), { recursive: true });
  const folder = mkdtempSync(join(root, "examples/.pages/lint-platform-"));
  try {
    const rules = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as Record<string, unknown>;
    const config = { ...rules, ignorePatterns: [], jsPlugins: [join(root, "tools/lint/plugin.js")] };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
    mkdirSync(join(folder, "packages/runtime/src/task"), { recursive: true });
    const file = join(folder, "packages/runtime/src/task/forbidden.ts");
    writeFileSync(file, PROGRAM);
    const wanted = PROGRAM.split("\n").flatMap((text, index) => (text.includes("✗") ? [index + 1] : []));
    expect(wanted.length).toBeGreaterThan(20);
    expect([...new Set(linesFound(folder, file))].toSorted((a, b) => a - b)).toEqual(wanted);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

interface Found {
  readonly diagnostics: readonly {
    readonly code?: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

function linesFound(folder: string, file: string): readonly number[] {
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const args = [oxlint, "-f", "json", "-c", join(folder, ".oxlintrc.json"), "--no-ignore", file];
  let output: string;
  try {
    output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    // It ends with 1 when it has found something.
    output = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  }
  // The form that oxlint documents.
  const { diagnostics } = JSON.parse(output) as Found;
  return diagnostics
    .filter(({ code = "" }) => code.includes("no-restricted"))
    .flatMap(({ labels }) => labels.slice(0, 1).map(({ span }) => span.line));
}
