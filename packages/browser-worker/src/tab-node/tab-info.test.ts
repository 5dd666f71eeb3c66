import { expect, test } from "vitest";
import { engineOf, tabAbout, tabLabels, tabLoad } from "./tab-info.ts";

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

test("a tab tells its engine with its version, and its device's memory where the browser does", () => {
  const chromium = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(tabAbout({ userAgent: chromium, deviceMemory: 8 }, 1700.4)).toEqual({
    engine: "Chromium 156",
    startedMs: 1700,
    memoryBytes: 8 * 2 ** 30,
  });
  const webkit = "Mozilla/5.0 AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15";
  expect(tabAbout({ userAgent: webkit }, 1)).toEqual({ engine: "WebKit 18.2", startedMs: 1 });
  expect(tabAbout({ userAgent: "something new" }, 1)).toEqual({ engine: "a browser", startedMs: 1 });
});
