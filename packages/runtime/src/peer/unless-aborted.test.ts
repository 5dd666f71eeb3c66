import { expect, test } from "vitest";
import { unlessAborted } from "./unless-aborted.ts";

test("a dial that nobody ends is over with its signal, and a connection that comes later is closed", async () => {
  const abort = new AbortController();
  const dial = Promise.withResolvers<string>();
  const late: string[] = [];
  const dialling = unlessAborted(dial.promise, abort.signal, (connection) => late.push(connection));
  abort.abort(new Error("no answer in time"));
  await expect(dialling).rejects.toThrow("no answer in time");
  dial.resolve("a connection");
  await expect.poll(() => late).toEqual(["a connection"]);
});

test("what ends in time is given as it is", async () => {
  const { signal } = new AbortController();
  const never = (): never => {
    throw new Error("it was in time");
  };
  expect(await unlessAborted(Promise.resolve("a connection"), signal, never)).toBe("a connection");
  await expect(unlessAborted(Promise.reject(new Error("refused")), signal, never)).rejects.toThrow("refused");
});
