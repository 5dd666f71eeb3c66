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
function atTerminal(words: readonly string[]) {
  const command = [process.execPath, BIN, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn(SCRIPT, ["-qec", command, "/dev/null"], { env: { ...process.env, NO_COLOR: "1", TERM: "dumb" } });
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
  return { shows, type: (line: string): void => void child.stdin.write(`${line}\r`), exited };
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
});
