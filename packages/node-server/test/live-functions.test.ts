import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNode, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

/** What the program said, by its type. */
function said(lines: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    lines.map((line) => {
      const { type, value }: { type: string; value: unknown } = JSON.parse(line);
      return [type, value];
    }),
  );
}

test("functions of a program run on servers with what they reach; classes, errors and stacks come back as its own", async () => {
  const up = await startUp();
  const client = startNode([fixture("live.ts")], up.environment);
  expect(await client.exited).toEqual({ code: 0, signal: null });
  expect(client.errors()).toBe("");
  const { stack, event, closure, refused, wrong, ...rest } = said(client.lines);
  expect(rest).toEqual({
    inline: 15,
    class: [true, 10],
    error: [true, 10],
    "loop 1": [3, 6, 9],
    "loop 2": [3, 6, 9],
    state: [1, 2, 3],
    builtin: 6,
    map: [[4, 7, 10], 4],
    "slow item": ["3", "TIMEOUT", "9"],
    mixed: [15, true],
    after: 18,
  });
  expect(closure).toMatch(/^FUNCTION_NOT_SELF_CONTAINED .* uses inner, .*live\.ts:\d+\)$/);
  expect(refused).toMatch(/import\.meta.*live\.ts:\d+/);
  expect(stack).toMatch(/at longer \(file:.*fixtures\/live\.ts:\d+:\d+\)/);
  expect(stack).not.toMatch(/[0-9a-f]{64}/);
  expect(event).toBe(stack);
  expect(wrong).toMatch(/at argument \(file:.*fixtures\/live\.ts:\d+:\d+\)/);
});

test("packages that are not bundled are those of the node; one that is missing there fails its task with its name", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules/only-there"), { recursive: true });
  writeFileSync(join(folder, "node_modules/only-there/index.mjs"), "export const answer = 42;");
  writeFileSync(join(folder, "node_modules/only-there/package.json"), `{ "exports": "./index.mjs" }`);
  const up = await startUp(["--packages", folder]);
  const client = startNode([fixture("uses-package.ts")], up.environment);
  expect(await client.exited, client.errors()).toEqual({ code: 0, signal: null });
  expect(client.lines).toEqual(["42", "CODE_NOT_BUNDLABLE: the package @no/where is not installed at this node"]);
});
