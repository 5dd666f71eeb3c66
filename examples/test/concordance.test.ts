import { execFile, spawn } from "node:child_process";
import {
  type Dirent,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, example } from "../../packages/node-server/test/programs.ts";
import { type LocalCluster, startLocalCluster } from "../../tools/local-cluster.ts";

const run = promisify(execFile);
const program = example("concordance/main.ts");
const BIG_LINE_BYTES = 50_000_000;

let data: string;
let folder: string;
let large: string;
let cluster: LocalCluster;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "skein-data-"));
  folder = mkdtempSync(join(tmpdir(), "skein-odd-"));
  large = mkdtempSync(join(tmpdir(), "skein-large-"));
  makeOddFiles(folder);
  makeLargeFiles(large);
  cluster = await startLocalCluster({
    data,
    command: BIN,
    args: ["--servers", "2", "--listen", "127.0.0.1:0", "--console-port", "0"],
  });
});

afterAll(async () => {
  await cluster.close();
  chmodSync(join(folder, "locked"), 0o700);
  for (const path of [data, folder, large]) rmSync(path, { recursive: true, force: true });
});

/** Empty, binary, one line of 50 MB, invalid UTF-8, unreadable, a loop of links, and plain text in many files. */
function makeOddFiles(below: string): void {
  writeFileSync(join(below, "empty.txt"), "");
  writeFileSync(join(below, "data.bin"), Buffer.from([0, 1, 2, 3, 97, 98, 99]));
  writeFileSync(
    join(below, "one-line.txt"),
    "lorem ipsum ".repeat(Math.ceil(BIG_LINE_BYTES / 12)).slice(0, BIG_LINE_BYTES),
  );
  writeFileSync(
    join(below, "broken.txt"),
    Buffer.concat([Buffer.from("good words "), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(" and more words")]),
  );
  mkdirSync(join(below, "locked"));
  writeFileSync(join(below, "locked/secret.txt"), "nobody reads this");
  chmodSync(join(below, "locked"), 0);
  mkdirSync(join(below, "deep"));
  symlinkSync("..", join(below, "deep/up"));
  symlinkSync("round", join(below, "round"));
  for (let file = 0; file < 1200; file += 1) {
    const words = Array.from(
      { length: 200 },
      (_, at) => `${["alpha", "beta", "Gamma", "délta", "日本語"][(at * 7 + file) % 5]}`,
    );
    writeFileSync(
      join(below, "deep", `file-${file}.${["md", "ts", "json"][file % 3]}`),
      `${words.join(" ")}\n// ${"x".repeat(file)}\n`,
    );
  }
}

/** Files that are a group each (6 MiB), and enough of them that a server always has one in hand. */
function makeLargeFiles(below: string): void {
  const text = Array.from({ length: 270_000 }, (_, at) => `line ${"abcdefgh".slice(at % 8)} of many words`).join("\n");
  for (let file = 0; file < 8; file += 1) writeFileSync(join(below, `large-${file}.txt`), text);
}

/** Every file below `folder`, without following links; a folder that can't be read has none. */
function filesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Counted again without any of the example's code: one read, one split, no pieces. */
function independentCount(below: string): { words: Map<string, number>; files: number; longest: number } {
  const words = new Map<string, number>();
  let files = 0;
  let longest = 0;
  const readable = (path: string): Buffer | undefined => {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  };
  for (const path of filesBelow(below)) {
    const bytes = readable(path);
    if (bytes === undefined) continue;
    files += 1;
    if (bytes.subarray(0, 8192).includes(0)) continue;
    const text = bytes.toString("utf8");
    for (const line of text.split("\n")) longest = Math.max(longest, line.length);
    for (const word of text.split(/[^\p{L}]+/u)) {
      if (word.length < 3 || word.length > 64) continue;
      words.set(word.toLowerCase(), (words.get(word.toLowerCase()) ?? 0) + 1);
    }
  }
  return { words, files, longest };
}

const count = async (folder: string): Promise<{ stdout: string; stderr: string }> =>
  await run(process.execPath, [program, folder], { env: { ...process.env, ...cluster.environment }, maxBuffer: 1e7 });

/** The rows of the table of words: word → times. */
function wordsIn(stdout: string): Map<string, number> {
  const rows = stdout.matchAll(/^│\s+\d+\s+│\s+(\S+)\s+│\s+([\d,]+)\s+│\s+[\d,]+\s+│$/gm);
  return new Map(Array.from(rows, ([, word = "", times = ""]) => [word, Number(times.replaceAll(",", ""))]));
}

function expectRight(stdout: string, below: string): void {
  const { words, longest } = independentCount(below);
  const shown = wordsIn(stdout);
  expect(shown.size).toBe(Math.min(20, words.size));
  for (const [word, times] of shown) expect([word, times]).toEqual([word, words.get(word)]);
  expect(stdout).toContain(`longest line: ${new Intl.NumberFormat("en").format(longest)} characters`);
}

test("a folder of odd files is counted as an independent count does, and each oddity is said", async () => {
  const { stdout } = await count(folder);
  expectRight(stdout, folder);
  expect(stdout).toContain("1 empty");
  expect(stdout).toContain("1 binary");
  expect(stdout).toMatch(/1 not valid UTF-8[^\n]*\n\s+\S*broken\.txt/);
  expect(stdout).toMatch(/2 a link that leads back/);
  if (process.getuid?.() !== 0) expect(stdout).toMatch(/1 unreadable\n\s+\S*locked/);
});

test("a server process killed in the middle costs no count, and is said to have been replaced", async () => {
  const child = spawn(process.execPath, [program, large], { env: { ...process.env, ...cluster.environment } });
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  for await (const line of createInterface(child.stderr)) {
    if (/\d+ %/.test(line)) {
      killOneServer();
      break;
    }
  }
  child.stderr.resume();
  expect(await ended).toBe(0);
  expectRight(output.join(""), large);
  expect(output.join("")).toMatch(/server was lost and replaced/);
});

/** `kill -9` of the server process that has used most CPU: the one that works. (A spare has no number yet.) */
function killOneServer(): void {
  const below = descendants(cluster.process.pid ?? 0).filter(({ command }) => command.startsWith("skein server"));
  const [busiest] = below.toSorted((a, b) => b.cpu - a.cpu);
  if (busiest === undefined) throw new Error("there is no server process to kill");
  process.kill(busiest.pid, "SIGKILL");
}

function descendants(of: number): { pid: number; command: string; cpu: number }[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(stat[1]), cpu: Number(stat[11]) + Number(stat[12]), command }];
      } catch {
        return [];
      }
    });
  const children = all.filter(({ parent }) => parent === of);
  return children.flatMap((child) => [child, ...descendants(child.pid)]);
}

test("two clients at the same time both finish, and both count right", async () => {
  const both = await Promise.all([count(folder), count(large)]);
  expectRight(both[0].stdout, folder);
  expectRight(both[1].stdout, large);
});

test("a folder that isn't there ends with 1 and says so", async () => {
  const failed = run(process.execPath, [program, join(folder, "nowhere")], {
    env: { ...process.env, ...cluster.environment },
  });
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("is no folder") });
});

test("without a cluster it ends with 1 and says how to start one", async () => {
  const failed = run(process.execPath, [program, folder], {
    env: { ...process.env, SKEIN_DATA: join(folder, "no-cluster") },
  });
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("NO_CLUSTER") });
});
