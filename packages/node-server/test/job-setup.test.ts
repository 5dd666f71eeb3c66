import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNode, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

test("a confined job sets its node and servers up, sends files both ways, streams, and leaves nothing behind", async () => {
  const up = await startUp();
  const client = startNode([fixture("job-setup.ts"), temporaryFolder(), "guarded"], up.environment);
  expect(await client.exited, client.errors()).toEqual({ code: 0, signal: null });
  const said = Object.fromEntries(
    client.lines.map((line) => {
      const { type, value }: { type: string; value: unknown } = JSON.parse(line);
      return [type, value];
    }),
  );
  expect(said).toEqual({
    words: ["apple", "fig", "pear"],
    counter: [1, 2, 3],
    "other process": true,
    report: ["stored", ["report.txt"]],
    "came home": "by a node\n",
    stream: [1, 4, 9, 16, "4 squares"],
    ping: "pong 21",
    done: 20,
    later: { state: "stored" },
    files: ["index.txt", "later.txt", "words.txt"],
    log: ["indexed 3 words"],
    fresh: [1, 1, 1],
    "set-up failed": ["SETUP_FAILED", expect.stringMatching(/^serverSetup of job .* failed at …: no licence$/)],
  });
  expect(readdirSync(join(up.data, "jobs"))).toEqual([]);
});
