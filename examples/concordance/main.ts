/**
 * A concordance of the text and source files below a folder, counted on every server of the cluster.
 *
 * Run:  npm start -- FOLDER --once
 *       or, with a cluster up:  npx skein run examples/concordance/main.ts FOLDER [--compare]
 * See:  how far it is, then the most frequent words, the file types by bytes, the longest line,
 *       what was odd about files, and what each server did
 */
import { spawn as spawnProcess } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect, isSkeinError } from "skein";
import { type FileNote } from "./count.ts";
import { concordance, type Concordance } from "./job.ts";
import { showProgress } from "./progress.ts";
import { count, longestLine, noteLines, seconds, serverTable, size, typeTable, wordTable } from "./report.ts";
import { findFiles } from "./walk.ts";

/** How long connecting to the cluster may take. */
const CONNECT_TIMEOUT_MS = 20_000;

const { values, positionals } = parseArgs({ options: { compare: { type: "boolean" } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? ".");
try {
  await main();
} catch (error) {
  console.error(`concordance: ${error instanceof Error ? error.message : String(error)}`);
  if (isSkeinError(error)) console.error(`  ${error.code}: ${error.hint}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${folder} is no folder`);
  const found = await findFiles(folder);
  console.log(`${count(found.files)} files, ${size(found.bytes)} below ${folder}`);

  await using client = await connect(undefined, { timeoutMs: CONNECT_TIMEOUT_MS });
  const progress = showProgress(found.files, process.stderr);
  const startMs = performance.now();
  let result: Concordance;
  try {
    result = await concordance(client, found.groups, progress);
  } finally {
    progress.stop();
  }
  const wallMs = performance.now() - startMs;
  print(result, found.notes, found.links);
  const servers = new Set(result.done.map((group) => group.server)).size;
  console.log(`\n${seconds(wallMs)} on ${servers} ${servers === 1 ? "server" : "servers"}`);
  if (values.compare === true) await compare(wallMs);
}

function print({ counts, done, replaced }: Concordance, walkNotes: readonly FileNote[], links: number): void {
  console.log(`\n${wordTable(counts)}\n\n${typeTable(counts)}\n\n${longestLine(counts)}`);
  const notes = noteLines([...walkNotes, ...counts.notes]);
  if (links > 0) notes.push(`  ${count(links)} links, not followed`);
  if (notes.length > 0) console.log(`\nodd:\n${notes.join("\n")}`);
  console.log(`\n${serverTable(done)}`);
  if (replaced > 0)
    console.log(
      `${replaced} ${replaced === 1 ? "server was" : "servers were"} lost and replaced; what ran there ran again`,
    );
}

/** Does the same in one plain process, without skein. */
async function compare(wallMs: number): Promise<void> {
  const program = fileURLToPath(new URL("plain.ts", import.meta.url));
  const child = spawnProcess(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  const plainMs = Number(Buffer.concat(chunks).toString());
  if (code !== 0 || !Number.isFinite(plainMs)) throw new Error("the plain process failed");
  const ratio = plainMs / wallMs;
  const words =
    ratio >= 1 ? `${ratio.toFixed(2)} times as long` : `${(1 / ratio).toFixed(2)} times as fast: little work`;
  console.log(`${seconds(plainMs)} in one plain process: ${words}`);
}
