import { expect, test } from "vitest";
import { firstFound } from "./first-found.ts";

test("searches begin at once, the first in their order that finds something counts, and the others give up", async () => {
  const [spared, begun]: string[][] = [[], []];
  let given: ((found: string) => void) | undefined;
  const look =
    (name: string, found?: string) =>
    async (signal: AbortSignal): Promise<string | undefined> => {
      begun?.push(name);
      if (found !== "late") return found;
      return await new Promise((resolve, reject) => {
        given = resolve;
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    };
  const spare = async (found: string): Promise<void> => void spared?.push(found);
  const gives = firstFound([look("a"), look("b", "B"), look("c", "C"), look("d", "late")], spare);
  expect(begun).toEqual(["a", "b", "c", "d"]);
  expect(await gives).toBe("B");
  await expect.poll(() => spared).toEqual(["C"]);
  given?.("too late");
  expect(await firstFound([look("a"), look("b")], spare)).toBeUndefined();
});

test("a search that fails before one that finds something is told, and nothing is left open", async () => {
  const spared: string[] = [];
  const fails = async (): Promise<undefined> => {
    throw new Error("no network");
  };
  const gives = firstFound([fails, async () => "found"], async (found) => spared.push(found));
  await expect(gives).rejects.toThrow("no network");
  await expect.poll(() => spared).toEqual(["found"]);
});
