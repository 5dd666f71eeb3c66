import { expect, test } from "vitest";
import { startNode, startUp } from "./cli.ts";
import { fixture } from "./programs.ts";

test("two clients at once on one cluster both finish, both right", async () => {
  const up = await startUp();
  const clients = [30, 40].map((count) => startNode([fixture("squares.ts"), String(count), "20"], up.environment));
  const sums = await Promise.all(
    clients.map(async (client) => {
      const done: { sum: number } = JSON.parse(await client.line((line) => line.includes("done")));
      return done.sum;
    }),
  );
  expect(sums).toEqual([8555, 20540]);
});

test("a client that is killed gives its servers back to the other", async () => {
  const up = await startUp();
  const greedy = startNode([fixture("squares.ts"), "100", "60000"], up.environment);
  await greedy.line((line) => line.includes("ready"));
  greedy.child.kill("SIGKILL");
  const other = startNode([fixture("meets.ts"), "2"], up.environment);
  expect(JSON.parse(await other.line((line) => line.includes("met")))).toMatchObject({ servers: 2 });
});
