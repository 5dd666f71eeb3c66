/** The main job on a local cluster, as `npm start` runs it. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPages } from "./build-pages.ts";
import { type LocalCluster, startLocalCluster } from "./local-cluster.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const usage = `npm start -- [FOLDER] [--once] [--compare] [--servers N]

  FOLDER       whose files are counted (default: this checkout with its node_modules)
  --once       end when the job is done: exit 0, or 1 with the reason
  --compare    also do the work in one plain process, and compare the times
  --servers N  server processes (default: one for each core)`;

const options = {
  once: { type: "boolean" },
  compare: { type: "boolean" },
  servers: { type: "string" },
  help: { type: "boolean" },
} as const;

function parsed(): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    // Node's own words go on with advice about "--" that misleads here.
    refuse((error instanceof Error ? error.message : String(error)).split(". ")[0] ?? "");
  }
}

function refuse(why: string): never {
  console.error(`skein: ${why}\n\n${usage}`);
  process.exit(2);
}

const { values, positionals } = parsed();
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
const folder = resolve(positionals[0] ?? root);
if (positionals.length > 1) refuse("one folder at most can be counted");
if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`skein: ${folder} is no folder`);
  process.exit(1);
}

if ((await buildPages()) === "built") console.error("skein: built the pages of the console");
const cluster = await startLocalCluster({
  data: resolve(root, ".skein"),
  args: values.servers === undefined ? [] : ["--servers", values.servers],
});
console.log(`console: ${cluster.console}`);
const code = await count(cluster);
if (values.once === true || code !== 0) {
  await cluster.close();
  process.exit(code);
}
console.log(`
The cluster stays up until you press Ctrl-C. Meanwhile:
  open the console      ${cluster.console}
  count again           SKEIN_DATA=.skein npx skein run examples/concordance/main.ts FOLDER
  see what runs         SKEIN_DATA=.skein npx skein status
  add a machine         ${cluster.onlyThisMachine ? "this cluster is for this machine; for others: npx skein up --help" : cluster.node}
  run an example        npm run example -- 01`);
await stopped(cluster);

/** Runs the job in a process of its own, which connects to the cluster as any client does. */
async function count(to: LocalCluster): Promise<number> {
  const program = fileURLToPath(new URL("../examples/concordance/main.ts", import.meta.url));
  const args = [program, folder, ...(values.compare === true ? ["--compare"] : [])];
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...to.environment } });
  const clusterEnded = (): void => {
    console.error("skein: the cluster ended while the job ran; its words are above");
    child.kill();
  };
  to.process.once("exit", clusterEnded);
  const [exitCode] = await once(child, "exit");
  to.process.off("exit", clusterEnded);
  return typeof exitCode === "number" ? exitCode : 1;
}

async function stopped(running: LocalCluster): Promise<void> {
  const ended = once(running.process, "exit");
  process.once("SIGINT", () => void running.close());
  process.once("SIGTERM", () => void running.close());
  const [exitCode] = await ended;
  process.exitCode = exitCode === 0 ? 0 : 1;
}
