/** Code that runs away, in every way there is, beside 2,000 good tasks: these succeed, and the node never restarts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expectThat, type Gate, root } from "./gate.ts";
import { startGuestCluster } from "./programs/guest-cluster.ts";

const GOOD = 2000;
const PROGRAM = join(root, "packages/node-server/test/fixtures/bad-beside-good.ts");
/** Small, for the sake of the machine the gate runs on. */
const LIMITS = ["--servers", "2", "--server-memory", "400m", "--server-disk", "64m"];

/** How each ends, as a pattern. */
const CONFINED: Readonly<Record<string, RegExp>> = {
  loop: /^TIMEOUT$/,
  regex: /^TIMEOUT$/,
  heap: /^SERVER_OUT_OF_MEMORY$/,
  buffers: /^SERVER_OUT_OF_MEMORY$/,
  fork: /^ERR_ACCESS_DENIED$/,
  descriptors: /^EMFILE after \d{3,4}$/,
  disk: /^SERVER_LOST$/,
  abort: /^SERVER_LOST$/,
};

/** Where programs may be started: past a limit the process is ended, or the system starts no more and says so. */
const FORKED = /^(SERVER_LOST|SERVER_OUT_OF_MEMORY|[1-9]\d*)$/;

interface Round {
  readonly name: string;
  readonly words: readonly string[];
  readonly wish: object;
  readonly ends: Readonly<Record<string, RegExp>>;
}

const ROUNDS: readonly Round[] = [
  { name: "guarded", words: ["--isolation", "guarded"], wish: {}, ends: CONFINED },
  { name: "uid", words: ["--isolation", "uid"], wish: {}, ends: CONFINED },
  { name: "sealed", words: ["--isolation", "sealed"], wish: {}, ends: CONFINED },
  {
    name: "uid, programs allowed",
    words: ["--isolation", "uid", "--allow", "run"],
    wish: { allow: { run: true } },
    ends: { fork: FORKED },
  },
  {
    name: "guarded, programs allowed",
    words: ["--allow", "run"],
    wish: { allow: { run: true } },
    ends: { fork: FORKED },
  },
  {
    name: "trusted",
    words: ["--isolation", "trusted"],
    wish: {},
    ends: { fork: FORKED, buffers: /^SERVER_OUT_OF_MEMORY$/, abort: /^SERVER_LOST$/ },
  },
];

export const gate: Gate = {
  proves: `${GOOD} good tasks succeed beside loops, bombs, leaks and aborts, under each profile, and the node never restarts`,
  limitMs: 10 * 60_000,
  run: async () => {
    for (const round of ROUNDS) await check(round);
  },
};

async function check({ name, words, wish, ends }: Round): Promise<void> {
  await using cluster = await startGuestCluster([...LIMITS, ...words]);
  const child = spawn(process.execPath, [PROGRAM, String(GOOD), ...Object.keys(ends)], {
    env: { ...process.env, SKEIN_CLUSTER: cluster.invite, WISH: JSON.stringify(wish) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text: Buffer) => (printed += text.toString()));
  await once(child, "close");
  console.log(`   ${name}: ${printed.trim()}`);
  const seen: { right: number; ends: Record<string, string>; counters: { done: number; retried: number } } =
    JSON.parse(printed);
  expectThat(seen.right === GOOD && seen.counters.done === GOOD, `${name}: ${seen.right} of ${GOOD} good ones`);
  for (const [task, pattern] of Object.entries(ends)) {
    expectThat(pattern.test(seen.ends[task] ?? ""), `${name}: ${task} ended with ${seen.ends[task]}`);
  }
  expectThat(cluster.child.exitCode === null, `${name}: the node has ended`);
  // What the folders of ended servers held is gone: those of two servers and a spare are left.
  const folders = name.startsWith("guarded") ? readdirSync(join(cluster.data, "servers")).length : 0;
  expectThat(folders <= 4, `${name}: ${folders} folders are left`);
}
