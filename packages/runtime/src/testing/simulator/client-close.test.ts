import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;

test("a client whose scheduler has gone closes without waiting for its answer", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, program: idle } }, async (world) => {
    const { client } = world.peer("program");
    await client.openJob();
    world.crash("up");
    await world.advance(100);
    const beganMs = world.now();
    await client.close({ cancel: true });
    expect(world.now() - beganMs).toBeLessThanOrEqual(1500);
  });
});
