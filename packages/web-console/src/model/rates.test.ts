import { expect, test } from "vitest";
import { Rates } from "./rates.ts";

test("a rate is what a total grew by a second, and nothing before the second time", () => {
  const rates = new Rates();
  expect(rates.take("a", 1000, 10, 5)).toBeUndefined();
  expect(rates.take("a", 3000, 30, 2005)).toBe(10);
  // Asked again before there are news.
  expect(rates.take("a", 3000, 30, 3000)).toBe(10);
});

test("a total that nobody tells any more stands still", () => {
  const rates = new Rates();
  rates.take("a", 0, 0, 0);
  rates.take("a", 1000, 5, 1000);
  expect(rates.take("a", 1000, 5, 60_000)).toBe(0);
});

test("a total that began anew has no rate", () => {
  const rates = new Rates();
  rates.take("a", 0, 100, 0);
  expect(rates.take("a", 1000, 3, 1000)).toBeUndefined();
});
