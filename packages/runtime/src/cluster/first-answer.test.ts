import { expect, test } from "vitest";
import { untilEnough } from "./first-answer.ts";

const never = new Promise<string>(() => undefined);
const isYes = (answer: string): boolean => answer === "yes";

test("who is silent holds nobody up once an answer is enough; without one all are waited for", async () => {
  expect(await untilEnough([never, Promise.resolve("no"), Promise.resolve("yes")], isYes)).toEqual(["no", "yes"]);
  expect(await untilEnough([Promise.resolve("no"), Promise.resolve("never")], isYes)).toEqual(["no", "never"]);
  expect(await untilEnough([], isYes)).toEqual([]);
});
