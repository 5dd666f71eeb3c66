import { expect, test } from "vitest";
import { createLineLogger, textLine } from "./log.ts";

const lines: string[] = [];
const write = (line: string): void => void lines.push(line);

test("text lines have a time, a level, the event and its fields as words", () => {
  lines.length = 0;
  const logger = createLineLogger({ level: "info", write });
  logger.debug("peer.dialled");
  logger.info("server.lost", { server: 2, why: "killed by hand\n\u001b[31m", error: new Error("no more") });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d info {2}server\.lost server=2 why="killed by hand\\n\\u001b\[31m" error="no more"\n$/,
  );
});

test("json lines are objects of one line each", () => {
  lines.length = 0;
  const logger = createLineLogger({ format: "json", write });
  logger.info("not.shown");
  logger.warn("task.failed", { count: 10n, error: new RangeError("too far") });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: "warn",
    event: "task.failed",
    count: "10",
    error: { name: "RangeError", message: "too far" },
  });
});

test("what happened on another day has its date, by the local clock", () => {
  expect(textLine(new Date(2026, 0, 2, 3, 4, 5), "info", "job.closed", {})).toBe(
    "2026-01-02 03:04:05 info  job.closed\n",
  );
  const now = new Date();
  expect(textLine(now, "info", "job.closed", {})).toBe(`${now.toTimeString().slice(0, 8)} info  job.closed\n`);
});
