import { expect, test } from "vitest";
import { phaseAt, type ServicePhase, serviceHours } from "./service-hours.ts";

const at = (text: string): Date => new Date(`2026-03-02T${text}:30`);
const phases = (
  given: Parameters<typeof serviceHours>[0],
  started: string,
  times: readonly string[],
): ServicePhase[] => {
  const hours = serviceHours(given, at(started));
  if (hours === undefined) throw new Error("no hours");
  return times.map((time) => phaseAt(hours, at(time)));
};

test("without any of them there are no hours", () => {
  expect(serviceHours({}, at("10:00"))).toBeUndefined();
});

test("work begins at the start, nothing new is taken from the stop, and nothing runs from the end", () => {
  const given = { serviceStart: "08:00", serviceStop: "17:00", serviceEnd: "18:30" };
  expect(phases(given, "12:00", ["07:59", "08:00", "16:59", "17:00", "18:29", "18:30", "23:00", "00:00"])).toEqual([
    "closed",
    "open",
    "open",
    "stopping",
    "stopping",
    "closed",
    "closed",
    "closed",
  ]);
});

test("hours may go over midnight", () => {
  const given = { serviceStart: "20:00", serviceStop: "06:00", serviceEnd: "07:00" };
  expect(phases(given, "12:00", ["19:59", "20:00", "23:59", "00:00", "05:59", "06:00", "07:00"])).toEqual([
    "closed",
    "open",
    "open",
    "open",
    "open",
    "stopping",
    "closed",
  ]);
});

test("without an end what runs may end, until the next start", () => {
  const given = { serviceStart: "08:00", serviceStop: "17:00" };
  expect(phases(given, "12:00", ["12:00", "17:00", "07:59", "08:00"])).toEqual([
    "open",
    "stopping",
    "stopping",
    "open",
  ]);
});

test("without a stop, new work is taken until the end", () => {
  expect(phases({ serviceStart: "08:00", serviceEnd: "17:00" }, "12:00", ["16:59", "17:00"])).toEqual([
    "open",
    "closed",
  ]);
});

test("without a start, work begins when the node starts", () => {
  expect(phases({ serviceStop: "06:00" }, "22:15", ["22:15", "05:59", "06:00", "22:14", "22:15"])).toEqual([
    "open",
    "open",
    "stopping",
    "stopping",
    "open",
  ]);
});

test("a start alone, a stop at the start and an end before the stop are refused", () => {
  for (const given of [
    { serviceStart: "08:00" },
    { serviceStart: "08:00", serviceStop: "08:00" },
    { serviceStart: "08:00", serviceStop: "17:00", serviceEnd: "16:00" },
  ]) {
    expect(() => serviceHours(given, at("12:00"))).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
});
