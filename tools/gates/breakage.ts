/** `npm test` notices: breaking any one of types, lint, a test or the README's program makes it fail. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, expectThat, type Gate, inFreshClone } from "./gate.ts";

interface Breakage {
  readonly what: string;
  /** The step of `npm test` that has to find it. */
  readonly step: string;
  readonly file: string;
  readonly change: (text: string) => string;
}

const breakages: readonly Breakage[] = [
  {
    what: "a type",
    step: "types",
    file: "packages/runtime/src/units.ts",
    change: (text) => text.replace("export const KIB = 1024;", 'export const KIB: number = "1024";'),
  },
  {
    what: "a forgotten yield*",
    step: "lint",
    file: "examples/01-hello.ts",
    change: (text) =>
      text.replace("const work = yield* task.receive();", "task.receive();\n    const work = yield* task.receive();"),
  },
  {
    what: "a test",
    step: "unit",
    file: "examples/concordance/partial.test.ts",
    change: (text) => text.replace("toBe(3)", "toBe(4)"),
  },
  {
    what: "the README's program",
    step: "integration",
    file: "README.md",
    change: (text) => text.replace('names.join(" and ")', 'names.join(" und ")'),
  },
];

export const gate: Gate = {
  proves: "breaking any one of types, lint, a test or the README's program makes npm test fail",
  limitMs: 30 * 60_000,
  run: () =>
    inFreshClone(async (folder) => {
      for (const breakage of breakages) {
        const file = join(folder, breakage.file);
        const whole = readFileSync(file, "utf8");
        const broken = breakage.change(whole);
        expectThat(broken !== whole, `nothing was broken in ${breakage.file}`);
        writeFileSync(file, broken);
        const outcome = await command(folder, "npm", ["test"]);
        expectThat(outcome.code !== 0, `npm test passed with ${breakage.what} broken`, outcome);
        expectThat(
          outcome.output.includes(`npm test: ${breakage.step} failed`),
          `another step than ${breakage.step} failed`,
          outcome,
        );
        console.log(`   ${breakage.what}: found by ${breakage.step} after ${(outcome.tookMs / 1000).toFixed(0)} s`);
        writeFileSync(file, whole);
      }
    }),
};
