import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Command, startSkein, temporaryFolder } from "./cli.ts";

const WORK = `
import { appendFileSync } from "node:fs";

const FACTOR = 2;
export const double = (n: number): number => n * FACTOR;
export const shout = (text: string): string => text.toUpperCase();
export const add = (a: number, b: number): number => a + b;
export function failing(n: number): number {
  if (n === 3) throw new RangeError("not three");
  if (n === 5) process.exit(1);
  return n;
}
export async function noted(n: number): Promise<number> {
  console.log("working on", n);
  appendFileSync(new URL("./NOTES", "FOLDER"), n + "\\n");
  // The first of all comes last: what is behind it is done, and waits for it.
  await new Promise((resolve) => setTimeout(resolve, n === 1 && process.env["PATIENT"] === undefined ? 1e8 : 1));
  return n;
}
`;

function workFolder(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "work.ts"), WORK.replace("FOLDER", `file://${folder}/`));
  return folder;
}

function start(folder: string, words: readonly string[], input: string, environment?: NodeJS.ProcessEnv): Command {
  const command = startSkein(["map", "--servers", "2", ...words], environment, folder);
  command.child.stdin?.on("error", () => {}); // it need not read all
  command.child.stdin?.end(input);
  return command;
}

async function run(folder: string, words: readonly string[], input: string, environment?: NodeJS.ProcessEnv) {
  const command = start(folder, words, input, environment);
  const { code } = await command.exited;
  return { code, lines: command.lines, errors: command.errors() };
}

const numbers = (count: number): string => Array.from({ length: count }, (_, n) => `${n + 1}\n`).join("");

test("lines go in and results come out in their order, as JSON or as texts", async () => {
  const folder = workFolder();
  writeFileSync(join(folder, "names.txt"), "Ada\r\nGrace");
  const strange = join(folder, "w%41#b?.ts");
  writeFileSync(strange, "export const shout = (text: string): string => text.toUpperCase();");
  const [doubled, shouted, added, built] = await Promise.all([
    run(folder, ["work.ts#double", "--json", "--progress"], numbers(5000)),
    run(folder, [`${strange}#shout`, "--lines", "names.txt", "-"], "Edsger\n"),
    run(folder, ["work.ts#add", "--star"], "[1, 2]\n\n[3, 4]\n"),
    run(folder, ["node:path#extname", "-0"], "a\n.txt\0b.js"),
  ]);
  expect(doubled).toMatchObject({ code: 0, errors: expect.stringContaining("5,000 items") });
  expect(doubled.lines).toEqual(Array.from({ length: 5000 }, (_, n) => String((n + 1) * 2)));
  expect(shouted).toEqual({ code: 0, lines: ["ADA", "GRACE", "EDSGER"], errors: "" });
  expect(added.lines).toEqual(["3", "7"]);
  expect(built.lines).toEqual(['".txt"', '".js"']);
});

test("an item that fails ends the run after what came before it, is skipped, or told in its place", async () => {
  const folder = workFolder();
  const words = ["work.ts#failing", "--json"];
  const [stopped, skipped, told, wrong, nobody] = await Promise.all([
    run(folder, words, numbers(4)),
    run(folder, [...words, "--on-error", "skip"], numbers(6)),
    run(folder, [...words, "--on-error", "tell", "--chunk", "1"], `${numbers(6)}{\n`),
    run(folder, ["work.ts#nothing"], ""),
    run(folder, ["work.ts#failing", "--servers", "0"], ""),
  ]);
  expect(stopped).toMatchObject({ code: 1, lines: ["1", "2"], errors: expect.stringContaining("line 3: not three") });
  expect(stopped.errors).toContain("at failing (");
  expect(skipped).toMatchObject({ code: 1, lines: ["1", "2", "4", "6"] });
  expect(skipped.errors).toContain("2 of 6 items failed");
  expect(told.lines.map((line): unknown => JSON.parse(line))).toEqual([
    1,
    2,
    { error: { name: "RangeError", message: "not three" }, line: 3 },
    4,
    { error: expect.objectContaining({ code: "SERVER_LOST" }), line: 5 },
    6,
    { error: expect.objectContaining({ code: "OPTION_INVALID" }), line: 7 },
  ]);
  expect(wrong).toMatchObject({ code: 2, errors: expect.stringContaining("it exports: add, double") });
  expect(nobody).toMatchObject({ code: 2, errors: expect.stringContaining("--host") });
});

test("a run that was killed goes on by its log: what was done isn't done again, and the output is whole", async () => {
  const folder = workFolder();
  const words = ["work.ts#noted", "--json", "--joblog", "log"];
  const log = join(folder, "log");
  const killed = start(folder, words, numbers(30));
  // All but the first.
  await expect.poll(() => existsSync(log) && readFileSync(log, "utf8").split('"result"').length - 1).toBe(29);
  killed.child.kill("SIGKILL");
  await killed.exited;
  expect(killed.lines).toEqual([]); // they wait for the first
  expect(killed.errors()).toContain("working on 30");
  // The first is alone in a chunk that those behind it can't fill: they wait for it.
  const few = ["--resume", "--chunk", "10", "--in-flight", "20"];
  const resumed = await run(folder, [...words, ...few], numbers(31), { PATIENT: "1" });
  expect(resumed).toMatchObject({ code: 0, lines: numbers(31).trim().split("\n") });
  const notes = readFileSync(join(folder, "NOTES"), "utf8").trim().split("\n");
  expect(notes.map(Number).toSorted((a, b) => a - b)).toEqual([1, ...Array.from({ length: 31 }, (_, n) => n + 1)]);
  expect(await run(folder, words, "")).toMatchObject({ code: 1, errors: expect.stringContaining("--resume") });
});

test("a reader that has seen enough ends it quietly, Ctrl-C ends it with 130", async () => {
  const folder = workFolder();
  const [seen, interrupted] = [0, 1].map(() =>
    startSkein(["map", "--servers", "1", "work.ts#shout", "--lines"], {}, folder),
  );
  if (seen === undefined || interrupted === undefined) throw new Error("two were started");
  // An input that never ends.
  for (const { child } of [seen, interrupted]) {
    const { stdin } = child;
    if (stdin === null) throw new Error("its input is a pipe");
    const write = (): void => {
      while (stdin.write("y\n".repeat(10_000)));
    };
    stdin.on("drain", write).on("error", () => {});
    write();
  }
  await Promise.all([seen.line((line) => line === "Y"), interrupted.line((line) => line === "Y")]);
  seen.child.stdout?.destroy();
  expect(await seen.exited).toEqual({ code: 0, signal: null });
  expect(seen.errors()).toBe("");
  interrupted.child.kill("SIGINT");
  expect(await interrupted.exited).toEqual({ code: 130, signal: null });
});
