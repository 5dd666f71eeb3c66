/** The command on three hosts of one network that share a secret and are given no address. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Lan, type LanHost, whyNoNamespaces } from "../../packages/node-server/test/namespaces/lan.ts";
import { expectThat, type Gate, root } from "./gate.ts";

const SKEIN = join(root, "packages/skein/bin/skein.mjs");
const SECRET = "k3jd92mfoq8w7e6rty4uzx1cvbnmasdf";
const NODES = 2;
const READY_MS = 60_000;

const say = (text: string): void => console.log(`   ${text}`);

export const gate: Gate = {
  proves:
    "skein up, node and run on three hosts find each other by a secret alone, also a node that listens on loopback",
  limitMs: 180_000,
  run: async () => {
    const missing = whyNoNamespaces();
    if (missing !== undefined) return say(`skipped: ${missing}`);
    const lan = new Lan("10.87");
    const folder = mkdtempSync(join(tmpdir(), "skein-lan-"));
    const children: ChildProcess[] = [];
    let started = 0;
    const skein = (host: LanHost, ...args: readonly string[]): ChildProcess => {
      started += 1;
      const env = { ...process.env, SKEIN_SECRET: SECRET, SKEIN_DATA: join(folder, String(started)) };
      const command = ["netns", "exec", host.namespace, process.execPath, SKEIN, ...args];
      const child = spawn("ip", command, { env, stdio: ["ignore", "pipe", "inherit"] });
      children.push(child);
      return child;
    };
    try {
      const [first, second, third] = [lan.host(), lan.host(), lan.host()];
      await line(skein(first, "up", "--listen", "0.0.0.0:4100", "--no-console", "--servers", "1", "--json"));
      const startMs = performance.now();
      await line(skein(second, "node", "--servers", "1", "--json"));
      say(`a node that listens on loopback joined after ${Math.round(performance.now() - startMs)} ms`);
      const script = join(root, "tools/gates/programs/lan-job.ts");
      const { nodes, right } = JSON.parse(await line(skein(third, "run", script)));
      say(`a program on a third host used ${nodes} nodes; right: ${right}`);
      expectThat(nodes === NODES && right, "not every node was used, or a result was wrong");
    } finally {
      for (const child of children) child.kill("SIGKILL");
      lan.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The first line of JSON that it prints. */
async function line(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new TypeError("standard output is read");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error("nothing was printed in time")), READY_MS);
  createInterface({ input: stdout }).on("line", (text) => {
    if (text.startsWith("{")) resolve(text);
  });
  child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
