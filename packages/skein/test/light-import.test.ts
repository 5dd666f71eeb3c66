/** What a program that only uses tasks loads. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Prints the address of every module that is loaded for `import "skein"` and a task. */
const PROGRAM = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  const { sleep, spawn } = await import("skein");
  await spawn(function* () { yield* sleep(1); });
  console.log(loaded.join("\\n"));
`;

test("a program that only uses tasks loads no network, no cluster and no package of others", () => {
  const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .map((url) => url.replace(/^.*\/packages\//, ""));
  expect(loaded).toContain("runtime/src/task/spawn.ts");
  expect(loaded.filter((url) => url.includes("node_modules"))).toEqual([]);
  // Of these folders only what is of a few lines and loads nothing else.
  const light =
    /\/(on-demand|events|contracts|early-classes|register-class|value-classes|value-class|peer-store|stack-maps)\.ts$/;
  const heavy =
    /^runtime\/src\/(link|peer|cluster)\/|^runtime\/src\/wire\/(codec|schema|messages)|^node-server\/src\/(cli|servers|transports|code)\//;
  expect(loaded.filter((url) => heavy.test(url) && !light.test(url))).toEqual([]);
  const builtins = loaded.filter((url) => url.startsWith("node:"));
  for (const rare of ["node:tls", "node:child_process", "node:dgram", "node:worker_threads", "node:http"]) {
    expect(builtins).not.toContain(rare);
  }
});
