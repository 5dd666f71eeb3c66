import { expect, test } from "vitest";
import { engineOf, tabLabels, tabLoad } from "./tab-info.ts";

test("an engine is told by its name in the browser's own words", () => {
  expect(
    engineOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"),
  ).toBe("chromium");
  expect(engineOf("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")).toBe("firefox");
  expect(
    engineOf("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"),
  ).toBe("webkit");
  expect(engineOf("something new")).toBe("browser");
});

test("labels name what is known, and the abilities that are granted", () => {
  const facts = { userAgent: "Firefox/128.0", hardwareConcurrency: 8 };
  expect(tabLabels(facts, [])).toEqual({ engine: "firefox", cores: "8" });
  expect(tabLabels({ ...facts, deviceMemory: 4 }, ["ask", "fetch"])).toEqual({
    engine: "firefox",
    cores: "8",
    memory: "4",
    abilities: "ask,fetch",
  });
  expect(tabLoad({ ...facts, deviceMemory: 4 }, 0.5)).toMatchObject({ cpuIdleShare: 0.5, memoryFreeBytes: 2 ** 30 });
});
