import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flagOf, OPTION_NAMES, readConfig, saveConfig, variableOf } from "./config.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-config-"));
  file = join(folder, "skein.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const invalid = (about: string) =>
  expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(about) });

test("without any source every option has its default", () => {
  const config = readConfig();
  expect(config).toMatchObject({
    servers: availableParallelism(),
    listen: [],
    console: true,
    consoleHost: "127.0.0.1",
  });
  expect(config.consolePort).toBeUndefined();
});

test("flags go before the environment, the environment before the file", () => {
  writeFileSync(file, JSON.stringify({ name: "file", log: "info", consolePort: 1, listen: ["a:1"] }));
  const config = readConfig({
    file,
    environment: { SKEIN_NAME: "environment", SKEIN_CONSOLE_PORT: "2", SKEIN_LISTEN: "b:1, b:2" },
    flags: { consolePort: "3" },
  });
  expect(config).toMatchObject({ log: "info", name: "environment", consolePort: 3, listen: ["b:1", "b:2"] });
});

test("every option has a flag and a variable of its own", () => {
  expect(flagOf("consolePort")).toBe("--console-port");
  expect(variableOf("consolePort")).toBe("SKEIN_CONSOLE_PORT");
  expect(new Set(OPTION_NAMES.map(flagOf)).size).toBe(OPTION_NAMES.length);
  expect(new Set(OPTION_NAMES.map(variableOf)).size).toBe(OPTION_NAMES.length);
});

test("servers is a number, all, or all but some", () => {
  const all = availableParallelism();
  expect(readConfig({ flags: { servers: "3" } }).servers).toBe(3);
  expect(readConfig({ flags: { servers: "all" } }).servers).toBe(all);
  if (all > 1) expect(readConfig({ flags: { servers: "-1" } }).servers).toBe(all - 1);
  for (const wrong of ["many", "", "1.5", "0", String(-all)]) {
    expect(() => readConfig({ flags: { servers: wrong } })).toThrow(invalid("--servers"));
  }
});

test("labels are KEY=VALUE on the command line and an object in the file", () => {
  expect(readConfig({ flags: { label: ["gpu=yes", "rack=a=b"] } }).label).toEqual({ gpu: "yes", rack: "a=b" });
  writeFileSync(file, JSON.stringify({ label: { gpu: "no" } }));
  expect(readConfig({ file }).label).toEqual({ gpu: "no" });
  expect(() => readConfig({ flags: { label: ["gpu"] } })).toThrow(invalid("KEY=VALUE"));
});

test("a wrong value names the place where it was given", () => {
  expect(() => readConfig({ environment: { SKEIN_CONSOLE_PORT: "http" } })).toThrow(invalid("SKEIN_CONSOLE_PORT"));
  expect(() => readConfig({ flags: { log: "loud" } })).toThrow(invalid("--log"));
  writeFileSync(file, JSON.stringify({ console: "perhaps" }));
  expect(() => readConfig({ file })).toThrow(invalid(`${file}: console`));
});

test("an unknown key, a missing file and a file that is no object are refused", () => {
  writeFileSync(file, JSON.stringify({ server: 2 }));
  expect(() => readConfig({ file })).toThrow(invalid('"server"'));
  expect(() => readConfig({ file: join(folder, "none.json") })).toThrow(invalid("none.json"));
  writeFileSync(file, "[]");
  expect(() => readConfig({ file })).toThrow(invalid("no JSON object"));
});

test("a saved configuration holds what differs from the defaults and reads back the same", () => {
  const config = readConfig({ flags: { servers: "7", label: ["gpu=yes"], console: false } });
  saveConfig(file, config);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ servers: 7, label: { gpu: "yes" }, console: false });
  expect(readConfig({ file })).toEqual(config);
});
