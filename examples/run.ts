/** `npm run example -- 01`: runs the example whose name begins so; one that needs a cluster gets one of its own while it runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocalCluster } from "../tools/local-cluster.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const [wanted = "", ...words] = process.argv.slice(2);

const examples = readdirSync(here, { withFileTypes: true })
  .map((entry) => ({
    name: entry.name.replace(/\.ts$/, ""),
    file: entry.isDirectory() ? join(here, entry.name, "main.ts") : join(here, entry.name),
  }))
  .filter(({ name, file }) => file.endsWith(".ts") && name !== "run" && existsSync(file))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));
const exact = examples.filter(({ name }) => name === wanted);
const found = exact.length > 0 ? exact : examples.filter(({ name }) => wanted !== "" && name.startsWith(wanted));
const [example] = found;

if (example === undefined || found.length > 1) {
  const list = (found.length > 1 ? found : examples).map(({ name }) => `  npm run example -- ${name}`);
  console.error([wanted === "" ? "Say which:" : `"${wanted}" is no one example. Say which:`, ...list].join("\n"));
  process.exitCode = 2;
} else {
  const { file } = example;
  process.exitCode = readFileSync(file, "utf8").includes("connect(") ? await runOnCluster(file) : await run(file, {});
}

async function run(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [file, ...words], {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

async function runOnCluster(file: string): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), "skein-example-"));
  try {
    // Ports of its own choice, so that it runs beside another cluster of this machine.
    const args = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
    const cluster = await startLocalCluster({ data, args });
    try {
      return await run(file, cluster.environment);
    } finally {
      await cluster.close();
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
