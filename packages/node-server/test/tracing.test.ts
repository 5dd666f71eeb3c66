import { expect, test } from "vitest";
import { startNode, startUp } from "./cli.ts";
import type { Told } from "./fixtures/traced-sdk.ts";
import { fixture } from "./programs.ts";

interface Answer {
  readonly here: readonly Told[];
  readonly there: readonly Told[];
}

test("a trace goes from a client's request through each task to its server, and to what the task does there", async () => {
  const up = await startUp(["--servers", "1"]);
  const job = startNode([fixture("traced-job.ts")], up.environment);
  const { here, there }: Answer = JSON.parse(await job.line((line) => line.startsWith("{")));
  expect(await job.exited).toMatchObject({ code: 0 });
  const request = here.find(({ name }) => name === "request");
  for (const [fn, own, exit] of [
    ["inSteps", "own, in steps", "returned"],
    ["inAsync", "own, in async", "returned"],
    ["plain", "own, plain", "failed"],
  ] as const) {
    const run = here.find(({ name }) => name === `run ${fn}`);
    const task = there.find(({ name }) => name === `task ${fn}`);
    const below = there.find(({ name }) => name === own);
    expect(run).toMatchObject({ trace: request?.trace, parent: request?.span, exit });
    expect(run?.events).toContain("skein.sent");
    expect(task).toMatchObject({ trace: request?.trace, parent: run?.span, exit });
    expect(below).toMatchObject({ trace: request?.trace, parent: task?.span });
  }
});
