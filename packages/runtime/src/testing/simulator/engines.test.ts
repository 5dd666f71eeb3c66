import { expect, test } from "vitest";
import type { Steps } from "../../contracts/operation.ts";
import { register } from "../../message/registry.ts";
import { type Service, service } from "../../message/service.ts";
import type { TaskContext } from "../../task/context.ts";
import { settled } from "../../task/combine.ts";
import { simulate } from "./simulate.ts";

const CALLS = 500;

function* offers(task: TaskContext): Steps<void> {
  const refuse = service("refuse", (_task, n: number) => {
    throw new RangeError(`${n} is not wanted`);
  });
  register("refuse", refuse);
  yield* task.suspend();
}

/**
 * What comes of a seed must be the same in Node and in every browser: engines differ in the text of stacks, so this sends
 * many. After a change of what peers say to each other, write down what this prints.
 */
const DIGEST = "f1dbc0ec449cbc50";

test("the same seed gives the same run in every engine", async () => {
  const digest = await simulate({ seed: 12, peers: { a: offers, b: () => {} } }, async (world) => {
    const { peer } = world.peer("b");
    const refuse = await peer.locate<Service<[number], never>>("refuse");
    const calls = Array.from({ length: CALLS }, (_, n) => refuse.call([n]));
    const exits = await settled(calls);
    expect(exits.filter(({ type }) => type === "failed")).toHaveLength(CALLS);
    await world.advance(1000);
    return world.trace.digest;
  });
  expect(digest).toBe(DIGEST);
});
