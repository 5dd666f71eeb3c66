import { expect, test } from "vitest";
import { startNode, startUp } from "./cli.ts";
import { fixture } from "./programs.ts";

test("a task that only computes ends at a checkpoint when it is cancelled, and its server process goes on", async () => {
  const up = await startUp(["--servers", "1"]);
  const client = startNode([fixture("checkpoints.ts")], up.environment);
  expect(await client.exited).toMatchObject({ code: 0 });
  const ends: unknown[] = client.lines.map((line) => JSON.parse(line));
  expect(ends).toMatchObject(
    ["computeInGenerator", "computeInAsync", "computePlainly"].map((fn) => ({
      fn,
      exit: { type: "cancelled", reason: `enough of ${fn}` },
      same: true,
    })),
  );
});
