import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every line with a cross has to be found, and no other. */
const PROGRAM = `
import {
  all, Barrier, channel, Condition, deadline, each, Latch, locate, Mutex, op, openFile, type Operation, race, readLines,
  Semaphore, settled, sleep, spawn, type Steps, type TaskContext, until,
} from "skein";

const mutex = new Mutex();
const news = channel<string>("news");
const helper = (): Operation<void> => op(steps);
function* steps(): Steps<void> {
  yield* sleep(1);
}
const more = function* (): Steps<void> {
  yield* sleep(1);
};

export function* generator(task: TaskContext<string>): Steps<void> {
  task.receive(); // ✗
  task.receive({ timeoutMs: 1, else: "" }); // ✗
  task.sleep(1); // ✗
  task.suspend(); // ✗
  task.pause(); // ✗
  sleep(1); // ✗
  mutex.lock(); // ✗
  new Latch().wait(); // ✗
  new Semaphore(1).acquire(); // ✗
  new Condition(mutex).wait(); // ✗
  new Barrier(1).wait(); // ✗
  all([sleep(1)]); // ✗
  race([sleep(1)]); // ✗
  settled([sleep(1)]); // ✗
  deadline(1, sleep(1)); // ✗
  until(Promise.resolve()); // ✗
  helper(); // ✗
  steps(); // ✗
  more(); // ✗
  news.subscribe(task.ref); // ✗
  news.deliver("x"); // ✗
  news.values().forEach(() => 1); // ✗
  each([1]).next(); // ✗
  task.messages().forEach(() => 1); // ✗
  locate("x"); // ✗
  task.use(openFile("x")); // ✗
  task.ref.exit(); // ✗
  task.ref.deliver("x"); // ✗
  task.spawn(steps).cancel(); // ✗
  if (task.name === "x") task.sleep(1); // ✗
  task.name === "x" && task.sleep(1); // ✗
  const unused = task.sleep(1); // ✗
  [1].forEach((n) => task.sleep(n)); // ✗
  [1].map((n) => task.sleep(n)); // ✗
  const child = task.spawn(function* () {
    task.sleep(1); // ✗
  });
  yield* child;
  yield* steps();
  yield* helper();
  void task.ref.cancel();
  yield* all([1, 2].map((n) => task.sleep(n)));
}

export async function asynchronous(task: TaskContext<string>): Promise<void> {
  task.receive(); // ✗
  task.sleep(1); // ✗
  sleep(1); // ✗
  mutex.lock(); // ✗
  helper(); // ✗
  all([sleep(1)]); // ✗
  news.deliver("x"); // ✗
  task.sleep(1).then(() => 1); // ✗
  for (const n of [1, 2]) task.sleep(n); // ✗
  for await (const line of readLines(process.stdin)) if (line !== "") sleep(1); // ✗
  await spawn(steps);
  await helper();
  await task.sleep(1);
}

export const arrow = async (task: TaskContext): Promise<void> => {
  task.sleep(1); // ✗
  await task.sleep(1);
};
`;

test("lint finds every operation that is dropped unused, and every generator, in generator and in async code", () => {
  // Where the workspace's own lint does not look.
  mkdirSync(join(root, "examples/.pages"), { recursive: true });
  const folder = mkdtempSync(join(root, "examples/.pages/lint-"));
  try {
    const rules = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as Record<string, unknown>;
    const config = { ...rules, ignorePatterns: [], jsPlugins: [join(root, "tools/lint/plugin.js")] };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
    const extended = { extends: "../../../tsconfig.node.json", include: ["*.ts"], exclude: [], references: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(extended));
    writeFileSync(join(folder, "forgotten.ts"), PROGRAM);
    const found = new Set(linesFound(folder));
    const wanted = PROGRAM.split("\n").flatMap((text, index) => (text.includes("✗") ? [index + 1] : []));
    expect(wanted.length).toBeGreaterThan(40);
    expect([...found].toSorted((a, b) => a - b)).toEqual(wanted);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

interface Found {
  readonly diagnostics: readonly { readonly labels: readonly { readonly span: { readonly line: number } }[] }[];
}

function linesFound(folder: string): readonly number[] {
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const args = [
    oxlint,
    "--type-aware",
    "-f",
    "json",
    "-c",
    join(folder, ".oxlintrc.json"),
    "--no-ignore",
    join(folder, "forgotten.ts"),
  ];
  let output: string;
  try {
    output = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    // It ends with 1 when it has found something.
    output = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  }
  // The form that oxlint documents.
  const { diagnostics } = JSON.parse(output) as Found;
  return diagnostics.flatMap(({ labels }) => labels.slice(0, 1).map(({ span }) => span.line));
}
