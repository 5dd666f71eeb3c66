import { expect, test } from "vitest";
import { leaving } from "./leaving.ts";

test("the page's life is watched while what runs may end, and no longer", async () => {
  const told: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const leave = leaving({
    life: { close: () => void told.push("life") },
    work: {
      close: async ({ cancel = false }) => {
        told.push(cancel ? "work, at once" : "work");
        if (cancel) end();
        await ended;
      },
    },
    closePeer: async ({ cancel = false }) => void told.push(cancel ? "peer, at once" : "peer"),
  });
  const graceful = leave({});
  await Promise.resolve();
  expect(told).toEqual(["work"]);
  // The page is left: all in the same turn.
  const atOnce = leave({ cancel: true });
  expect(told).toEqual(["work", "work, at once", "life", "peer, at once"]);
  await Promise.all([graceful, atOnce]);
  expect(told.slice(4)).toEqual(["life", "peer"]);
});
