import { expect, test } from "vitest";
import { startNode, startUp } from "./cli.ts";
import { fixture } from "./programs.ts";

test("two clients at once on one cluster both finish, both right, and a third sees what its task does", async () => {
  const up = await startUp();
  const clients = [30, 40].map((count) => startNode([fixture("squares.ts"), String(count), "20"], up.environment));
  const sums = await Promise.all(
    clients.map(async (client) => {
      const done: { sum: number } = JSON.parse(await client.line((line) => line.includes("done")));
      return done.sum;
    }),
  );
  expect(sums).toEqual([8555, 20540]);
  // What a server process shows of itself gets to who looks.
  const looks = startNode([fixture("looks.ts")], up.environment);
  expect(JSON.parse(await looks.line((line) => line.includes("seen")))).toMatchObject({
    task: { name: "waitFor", state: "waiting", attempt: 1, mailbox: 0, server: true },
    bundle: { state: "loaded", exports: expect.arrayContaining(["square", "waitFor"]) },
    link: { transport: "tcp", suspected: false },
  });
});

test("a client that is killed gives its servers back to the other", async () => {
  const up = await startUp();
  const greedy = startNode([fixture("squares.ts"), "100", "60000"], up.environment);
  await greedy.line((line) => line.includes("ready"));
  greedy.child.kill("SIGKILL");
  const other = startNode([fixture("meets.ts"), "2"], up.environment);
  expect(JSON.parse(await other.line((line) => line.includes("met")))).toMatchObject({ servers: 2 });
});
