import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forms } from "../../test/fixtures/forms.ts";
import { expected, shipForms } from "../../test/fixtures/ship-forms.ts";
import { createBundler } from "./bundler.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const WRAPPED = {
  "a static method": "FUNCTION_NOT_SELF_CONTAINED",
  "an inner function that calls itself": "FUNCTION_NOT_SELF_CONTAINED",
};
/** As it comes through JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-forms-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The forms of a file, shipped in a process of Node's own. */
function shipIn(path: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [fixture("ship-forms.ts"), path], { encoding: "utf8" });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

describe("every form of a function is shipped or refused", () => {
  test("as Node runs TypeScript", () => {
    expect(shipIn(fixture("forms.ts"))).toEqual(plain(expected(forms)));
  });

  test("as a test runner has transformed it", async () => {
    expect(await shipForms(forms)).toEqual(expected(forms));
  });

  test("in a program that was bundled and minified", async () => {
    const path = join(folder, "app.mjs");
    await build({
      entryPoints: [fixture("forms.ts")],
      outfile: path,
      bundle: true,
      minify: true,
      keepNames: true,
      format: "esm",
      platform: "node",
      logLevel: "silent",
    });
    // What the minifier wrapped in calls, or gave other names, is no longer to be had without what is around it.
    const all = { ...(plain(expected(forms)) as object), ...WRAPPED };
    const shipped = shipIn(path);
    // Names and lines are the minified ones: what is refused is told by them.
    const codes = Object.fromEntries(
      Object.entries(shipped as Record<string, unknown>).map(([name, value]) => [
        name,
        typeof value === "string" && value.includes("can't be sent") ? "FUNCTION_NOT_SELF_CONTAINED" : value,
      ]),
    );
    expect(codes).toEqual(all);
  });
});

test("functions of one file that are bundled together share its state; made twice at one place they are the same", async () => {
  const { find, bundleFunctions } = createBundler();
  const make = (): (() => number) => () => TALLY.push(1);
  const found = [find?.(add), find?.(tally), find?.(make())].filter((one) => one !== undefined);
  expect(find?.(make()).key).toBe(found[2]?.key);
  const bundle = await bundleFunctions?.(found);
  expect(bundle?.names).toEqual(["add", "tally", "anonymous"]);
  const text = Buffer.from(bundle?.code ?? "").toString();
  const shipped: Record<string, () => number> = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  expect([shipped["add"]?.(), shipped["anonymous"]?.(), shipped["tally"]?.()]).toEqual([1, 2, 2]);
});

test("what is thrown in a shipped function is led back to its line", async () => {
  const { find, bundleFunctions, originsOf } = createBundler();
  const found = find?.(throws);
  const bundle = found && (await bundleFunctions?.([found]));
  const text = Buffer.from(bundle?.code ?? "").toString();
  const shipped: Record<string, () => void> = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const stackOf = (fn: (() => void) | undefined): string => {
    try {
      fn?.();
    } catch (error) {
      return error instanceof Error ? (error.stack ?? "") : "";
    }
    return "";
  };
  const place = (stack: string): number[] =>
    /(\d+):(\d+)\)?$/
      .exec(stack.split("\n")[1] ?? "")
      ?.slice(1)
      .map(Number) ?? [];
  const [line = 0, column = 0] = place(stackOf(shipped["throws"]));
  const [hereLine] = place(stackOf(throws));
  expect(originsOf?.(bundle?.sourceMap ?? "")(line, column)).toMatchObject({ file: import.meta.url, line: hereLine });
});

const TALLY: number[] = [];
const add = (): number => TALLY.push(1);
const tally = (): number => TALLY.length;

function throws(): void {
  // A line of its own, so that lines differ.
  throw new Error("here");
}
