import { silentLogger } from "@skein/runtime";
import { expect, test } from "vitest";
import { TabLife } from "./life.ts";

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";
}

function tab(visibilityState: DocumentVisibilityState = "visible", wakeLock = false) {
  const [scope, document] = [new EventTarget(), new Page()];
  document.visibilityState = visibilityState;
  const told: string[] = [];
  const life = new TabLife({
    scope,
    document,
    wakeLock,
    logger: silentLogger,
    away: (on) => told.push(on ? "away" : "here"),
    back: () => told.push("back"),
    left: (forGood) => told.push(forGood ? "left for good" : "left"),
    returned: () => told.push("returned"),
  });
  const see = (state: DocumentVisibilityState): void => {
    document.visibilityState = state;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  return { scope, document, told, life, see };
}

test("a page that is hidden says so, and looks after its connections when it is seen again", () => {
  const { told, see, document } = tab();
  see("hidden");
  document.dispatchEvent(new Event("resume"));
  see("visible");
  expect(told).toEqual(["away", "back", "here", "back"]);
  expect(tab("hidden").told).toEqual(["away"]);
});

test("a page that is left says goodbye, one that may come back is away", () => {
  const { scope, told, life } = tab();
  scope.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  scope.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  scope.dispatchEvent(new Event("online"));
  scope.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
  expect(told).toEqual(["away", "left", "here", "back", "returned", "back", "left for good"]);
  life.close();
  life.close();
  scope.dispatchEvent(new Event("online"));
  expect(told).toHaveLength(7);
});

test("however often a page is told that it is seen, the screen is kept on once, and not after the end", async () => {
  const held = new Set<number>();
  let asked = 0;
  const request = async (): Promise<{ release(): Promise<void> }> => {
    const lock = (asked += 1);
    held.add(lock);
    return { release: async () => void held.delete(lock) };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
  try {
    const { scope, see, life } = tab("visible", true);
    scope.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    see("visible");
    expect(asked).toBe(3);
    await expect.poll(() => [...held]).toEqual([3]);
    life.close();
    await expect.poll(() => held.size).toBe(0);
  } finally {
    Reflect.deleteProperty(navigator, "wakeLock");
  }
});
