import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig, saveConfig } from "./config.ts";
import { flagOf, OPTION_NAMES, variableOf } from "./config-table.ts";

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
  expect(() => readConfig({ file: join(folder, "none.json") })).toThrow(
    invalid("none.json can't be read: there is no such file"),
  );
  writeFileSync(file, "{ servers: 2 }");
  expect(() => readConfig({ file })).toThrow(invalid("it is no JSON"));
  writeFileSync(file, "[]");
  expect(() => readConfig({ file })).toThrow(invalid("no JSON object"));
});

test("a saved configuration holds what differs from the defaults and reads back the same", () => {
  const config = readConfig({ flags: { servers: "7", label: ["gpu=yes"], console: false } });
  saveConfig(file, config);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ servers: 7, label: { gpu: "yes" }, console: false });
  expect(readConfig({ file })).toEqual(config);
});

test("sizes, times and counts are checked, and sizes take k, m, g and t", () => {
  expect(readConfig({ flags: { maxFile: "10m" } }).maxFile).toBe(10 * 2 ** 20);
  expect(readConfig({ environment: { SKEIN_MAX_FILE: "1.5k" } }).maxFile).toBe(1536);
  expect(readConfig({ flags: { heartbeatMs: "1000", zombieMs: "60000", serve: "1" } })).toMatchObject({
    heartbeatMs: 1000,
    zombieMs: 60_000,
    serve: 1,
  });
  for (const [name, wrong] of [
    ["maxFile", "10 miles"],
    ["maxFile", "0"],
    ["heartbeatMs", "5"],
    ["zombieMs", "-1"],
    ["serve", "0"],
    ["serve", "1.5"],
  ] as const) {
    expect(() => readConfig({ flags: { [name]: wrong } }), `${name} ${wrong}`).toThrow(invalid(flagOf(name)));
  }
});

test("ports of UDP are two numbers, the lower one first", () => {
  expect(readConfig({ flags: { udpPorts: "40000-40100" } }).udpPorts).toEqual([40_000, 40_100]);
  saveConfig(file, readConfig({ environment: { SKEIN_UDP_PORTS: "4000-4000" } }));
  expect(readConfig({ file }).udpPorts).toEqual([4000, 4000]);
  for (const wrong of ["40000", "40100-40000", "0-10", "1-70000", "1-2-3", "some"]) {
    expect(() => readConfig({ flags: { udpPorts: wrong } }), wrong).toThrow(invalid("--udp-ports"));
  }
});

test("times of day are HH:MM", () => {
  expect(readConfig({ flags: { serviceStart: "8:30", serviceStop: "23:59" } })).toMatchObject({
    serviceStart: "08:30",
    serviceStop: "23:59",
  });
  for (const wrong of ["24:00", "8", "08:60", "8:3", "noon"]) {
    expect(() => readConfig({ flags: { serviceEnd: wrong } })).toThrow(invalid("--service-end"));
  }
});

test("isolation is one of the profiles, allow a list of what jobs may ask for", () => {
  const config = readConfig({ flags: { isolation: "sealed", allow: ["read=/data", "net"] } });
  expect(config).toMatchObject({ isolation: "sealed", allow: ["read=/data", "net"] });
  expect(() => readConfig({ flags: { isolation: "none" } })).toThrow(invalid("--isolation"));
});

test("a configuration that can't be written says so", () => {
  const path = join(folder, "nowhere", "a.json");
  expect(() => saveConfig(path, readConfig({}))).toThrow(invalid(`${path} can't be written: its folder is not there`));
});

test("the secret is never written to a file", () => {
  saveConfig(file, readConfig({ flags: { secret: "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf", clean: true } }));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ clean: true });
});

test("peers can't be asked less often than others take to call them lost", () => {
  expect(() => readConfig({ flags: { heartbeatMs: "60000" } })).toThrow(
    expect.objectContaining({ message: expect.stringContaining("at least 100 and at most 5000 ms") }),
  );
  expect(readConfig({ flags: { heartbeatMs: "5000" } }).heartbeatMs).toBe(5000);
});

test("a server process that could not even start with so little is refused", () => {
  const told = { code: "OPTION_INVALID", hint: "give 128m or more" };
  expect(() => readConfig({ flags: { serverMemory: "512" } })).toThrow(expect.objectContaining(told));
  expect(() => readConfig({ environment: { SKEIN_SERVER_DISK: "10k" } })).toThrow(
    expect.objectContaining({ message: expect.stringContaining("SKEIN_SERVER_DISK: 10k is 10240 bytes") }),
  );
  expect(readConfig({ flags: { serverMemory: "128m" } }).serverMemory).toBe(128 * 1024 * 1024);
});
