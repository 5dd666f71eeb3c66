import { expect, test } from "vitest";
import { LOG_FIELD_LIMIT, LOG_LINES_SHOWN } from "../defaults.ts";
import { type LogFields, type Logger, type LogLevel } from "../logger.ts";
import { virtualPlatform } from "../testing/virtual-platform.ts";
import { bookedLogger, logBook } from "./log-book.ts";
import { createRuntime } from "./runtime.ts";

function setUp() {
  const { engine } = createRuntime({ platform: virtualPlatform() });
  const said: string[] = [];
  const at =
    (level: LogLevel) =>
    (text: string, _fields?: LogFields): void =>
      void said.push(`${level} ${text}`);
  const own: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { book: engine.part(logBook), logger: bookedLogger(engine, own), said };
}

test("lines go to the logger as they did, and are kept only while somebody looks at their level", () => {
  const { book, logger, said } = setUp();
  logger.error("before");
  book.keep(["warn"]);
  logger.info("quiet");
  logger.warn("loud", { peer: "p", count: 2, error: new Error("broke"), list: [1, 2], deep: { a: 1 } });
  expect(said).toEqual(["error before", "info quiet", "warn loud"]);
  const { lines, more } = book.lines("warn");
  expect(more).toBe(0);
  expect(lines).toMatchObject([
    {
      line: 1,
      level: "warn",
      text: "loud",
      fields: { peer: "p", count: "2", error: "broke", list: "[2]", deep: "{…}" },
    },
  ]);
  expect(book.lines("error").lines).toEqual([]);
  book.keep([]);
  expect(book.lines("debug")).toEqual({ lines: [], more: 0 });
});

test("of many lines the last are kept, cut, and how many there were is told", () => {
  const { book, logger } = setUp();
  book.keep(["info"]);
  for (let n = 1; n <= LOG_LINES_SHOWN + 7; n += 1) logger.info("said", { text: "x".repeat(5000) });
  const { lines, more } = book.lines("info");
  expect(lines).toHaveLength(LOG_LINES_SHOWN);
  expect(more).toBe(7);
  expect(lines[0]?.line).toBe(8);
  expect(lines[0]?.fields?.["text"]).toHaveLength(LOG_FIELD_LIMIT);
});
