import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { startUp, temporaryFolder } from "./cli.ts";
import { BIN } from "./programs.ts";

/** Gives a program a terminal; of util-linux. */
const SCRIPT = "/usr/bin/script";
/** A loaded machine starts a process in seconds. */
const WAITS = { timeout: 40_000, interval: 20 };

/** A command at a terminal: what it shows, and what is typed there. */
function atTerminal(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const command = [process.execPath, BIN, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn(SCRIPT, ["-qec", command, "/dev/null"], {
    env: { ...process.env, NO_COLOR: "1", TERM: "dumb", ...environment },
  });
  let shown = "";
  child.stdout.on("data", (text: Buffer) => (shown += text.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const shows = async (text: string | RegExp): Promise<string> => {
    await vi.waitFor(() => expect(shown).toMatch(text), WAITS);
    const all = shown;
    shown = "";
    return all;
  };
  const press = (keys: string): void => void child.stdin.write(keys);
  return { shows, type: (line: string): void => press(`${line}\r`), press, exited };
}

test.skipIf(!existsSync(SCRIPT))("on a terminal a node answers status, close, open and quit", async () => {
  const up = await startUp();
  const words = ["node", up.up.invite, "--data", temporaryFolder(), "--name", "maxi", "--servers", "1"];
  const node = atTerminal(words);
  await node.shows(/maxi has joined with 1 server\.[^]*maxi> /);
  await vi.waitFor(async () => {
    node.type("status");
    expect(await node.shows(/\r\nmachine: /)).toMatch(
      /maxi: 1 server, 0 busy; takes work; scheduler …\w{8} knows it\r/,
    );
  }, WAITS);
  node.type("close");
  await node.shows("takes no new work");
  node.type("status");
  await node.shows(/0 busy; takes no new work/);
  node.type("open");
  await node.shows("takes work");
  node.type("quit");
  expect(await node.exited).toBe(0);
  // While a cluster is there: skein top draws on a screen of its own, and gives the terminal back.
  const top = atTerminal(["top"], { ...up.environment, TERM: "xterm" });
  await top.shows(/\[\?1049h[^]*1 node {3}0 of 2 servers busy[^]*q ends it/);
  top.press("p");
  await top.shows(/held still/);
  top.press("q");
  await top.shows(/\[\?1049l/);
  expect(await top.exited).toBe(0);
});
