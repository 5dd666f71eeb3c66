/** A pool over three hosts, two of them by ssh; the cable of one is pulled out while it works. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Lan, whyNoNamespaces } from "../../packages/node-server/test/namespaces/lan.ts";
import { sshFor, type SshServer, startSshd, whyNoSshd } from "../../packages/node-server/test/sshd.ts";
import { expectThat, type Gate, root } from "./gate.ts";

const ITEMS = 3000;
const WORKERS = 2;
const PLACES = 3;

const say = (text: string): void => console.log(`   ${text}`);

interface Told {
  readonly right: number;
  readonly n: number;
  readonly places: readonly number[];
  readonly workers: number;
  readonly lost: number;
  readonly tookMs: number;
}

export const gate: Gate = {
  proves:
    "a pool of this machine and two hosts by ssh, in network namespaces: one is cut off, the map gives each result once, and the host is used again",
  limitMs: 180_000,
  run: async () => {
    const missing = whyNoNamespaces() ?? whyNoSshd();
    if (missing !== undefined) return say(`skipped: ${missing}`);
    const lan = new Lan("10.89");
    const servers: SshServer[] = [];
    let ssh: ReturnType<typeof sshFor> | undefined;
    let program: ChildProcess | undefined;
    try {
      const [here, first, second] = [lan.host(), lan.host(), lan.host()];
      for (const { namespace, address } of [first, second]) {
        servers.push(await startSshd({ address, port: 22, around: ["ip", "netns", "exec", namespace] }));
      }
      ssh = sshFor(...servers);
      const script = join(root, "tools/gates/programs/pool-hosts.ts");
      const words = [script, String(ITEMS), ...servers.map((server) => server.host(WORKERS))];
      program = spawn("ip", ["netns", "exec", here.namespace, process.execPath, ...words], {
        env: { ...process.env, PATH: ssh.path },
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = linesOf(program);
      await next(lines);
      first.setCable(false);
      const cutMs = performance.now();
      // As the program prints it.
      const told = (await next(lines)) as Told;
      say(`${told.n} items, ${told.right} right, by place ${told.places.join(", ")}; ${told.lost} workers lost`);
      say(`the map ended ${((performance.now() - cutMs) / 1000).toFixed(1)} s after the cable was pulled out`);
      expectThat(told.right === ITEMS && told.n === ITEMS, "a result is wrong, missing or there twice");
      expectThat(told.places.length === PLACES, "not every host was used");
      expectThat(told.lost === WORKERS, "the cut host's workers were not lost");
      first.setCable(true);
      program.stdin?.write("again\n");
      const backMs = performance.now();
      const { workers } = (await next(lines)) as Told;
      say(
        `all ${workers} workers were there ${((performance.now() - backMs) / 1000).toFixed(1)} s after it was plugged in`,
      );
      expectThat(workers === 1 + 2 * WORKERS, "the host was not used again");
      // Once the network is gone the hosts would not hear of its end.
      if (program.exitCode === null) await once(program, "exit");
    } finally {
      program?.kill("SIGKILL");
      for (const server of servers) server.close();
      ssh?.remove();
      lan.close();
    }
  },
};

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new TypeError("standard output is read");
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}

async function next(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("the program has ended");
  return JSON.parse(value);
}
