import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN, example } from "../../packages/node-server/test/programs.ts";
import { type LocalCluster, startLocalCluster } from "../../tools/local-cluster.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const runner = fileURLToPath(new URL("../run.ts", import.meta.url));
const entries = readdirSync(folder, { withFileTypes: true });
const numbered = entries.map(({ name }) => name).filter((name) => /^\d\d-.*\.ts$/.test(name));

/** The indented lines below `title` in the comment with which an example opens. */
function block(file: string, title: "Run" | "Type" | "See"): string[] {
  const [header = ""] = readFileSync(`${folder}/${file}`, "utf8").split("*/");
  const lines = header.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const at = lines.findIndex((line) => line.startsWith(`${title}:`));
  if (at === -1) return [];
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => !line.startsWith("  "));
  return (end === -1 ? below : below.slice(0, end)).map((line) => line.slice(2));
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs it with `input` typed, as `npm run example -- NAME` does. */
const runExample = async (name: string, input: readonly string[] = []): Promise<Outcome> =>
  await run([runner, name], input, {});

async function run(
  words: readonly string[],
  input: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "pipe"], env });
  const parts = { output: "", errors: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (parts.output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (parts.errors += text));
  child.stdin?.end(input.map((line) => `${line}\n`).join(""));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...parts };
}

/** Clients of a cluster: here they share one, each would start its own. */
const ofClusters = numbered.filter((file) => readFileSync(`${folder}/${file}`, "utf8").includes("= await connect("));

for (const file of numbered.filter((name) => !ofClusters.includes(name))) {
  test.concurrent(`example ${file} prints what it says you will see`, async () => {
    const seen = block(file, "See");
    expect(seen.length).toBeGreaterThan(1);
    const { code, output, errors } = await run([example(file)], block(file, "Type"), {});
    expect(errors).toBe("");
    expect(output.split("\n").slice(0, -1)).toEqual(seen);
    expect(code).toBe(0);
  });
}

test.concurrent("an example is run by the begin of its name, from the sources", async () => {
  const { code, output } = await runExample("05", block("05-stdin.ts", "Type"));
  expect(output.split("\n").slice(0, -1)).toEqual(block("05-stdin.ts", "See"));
  expect(code).toBe(0);
});

describe("examples that are clients of a cluster", () => {
  const data = mkdtempSync(join(tmpdir(), "skein-examples-"));
  let cluster: LocalCluster;
  beforeAll(async () => {
    const args = ["--listen", "127.0.0.1:0", "--console-port", "0", "--servers", "2"];
    cluster = await startLocalCluster({ data, args, command: BIN });
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(data, { recursive: true });
  });

  test.each(ofClusters)("%s prints what it says you will see", async (file) => {
    const { code, output, errors } = await run([example(file)], [], cluster.environment);
    expect(errors).toBe("");
    expect(output.split("\n").slice(0, -1)).toEqual(block(file, "See"));
    expect(code).toBe(0);
  });
});

test("the example of a job runs on a cluster of its own, and prints what it says", async () => {
  const { code, output } = await runExample("pri");
  expect(output.split("\n").slice(0, -1)).toEqual(block("primes/main.ts", "See"));
  expect(code).toBe(0);
});

test("a name that no example has, or several, is answered by the list", async () => {
  const unknown = await runExample("99");
  expect([unknown.code, unknown.output]).toEqual([2, ""]);
  for (const file of numbered) expect(unknown.errors).toContain(`npm run example -- ${file.slice(0, -3)}\n`);
  const several = await runExample("0");
  expect(several.code).toBe(2);
  expect(several.errors).not.toContain("primes");
});

test("examples/README.md lists every example, and each says how to run it", () => {
  const readme = readFileSync(`${folder}/README.md`, "utf8");
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/main.ts`);
  const mains = folders.filter((path) => /^(primes|concordance)/.test(path));
  for (const path of [...numbered, ...mains]) expect(readme).toContain(`](${path})`);
  for (const file of numbered) {
    expect(readFileSync(`${folder}/${file}`, "utf8")).toContain(`Run:  npm run example -- ${file.slice(0, 2)}`);
  }
});
