/** `npm run example -- 01`: runs the example whose name begins so; one that needs a cluster gets one of its own while it runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocalCluster } from "../tools/local-cluster.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const [wanted, ...args] = process.argv.slice(2);

const names = readdirSync(here)
  .filter((name) => /^\d\d-/.test(name))
  .toSorted();
const name = names.find((one) => wanted !== undefined && one.startsWith(wanted));

if (name === undefined) {
  console.error(
    `say which: ${names.map((one) => `npm run example -- ${one.slice(0, 2)}  (${one})`).join("\n           ")}`,
  );
  process.exit(2);
}
const file = name.endsWith(".ts") ? join(here, name) : join(here, name, "main.ts");
if (!existsSync(file)) throw new Error(`${name} has no main.ts`);
process.exitCode = readFileSync(file, "utf8").includes("connect(") ? await runOnCluster() : await run({});

async function run(environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: "inherit", env: { ...process.env, ...environment } });
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

async function runOnCluster(): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), "skein-example-"));
  try {
    const cluster = await startLocalCluster({ data });
    try {
      return await run(cluster.environment);
    } finally {
      await cluster.close();
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
