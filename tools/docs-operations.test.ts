import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flagOf, OPTION_NAMES, OPTIONS } from "../packages/node-server/src/config-table.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const page = read("docs/operations.md");

/** Flags as they are typed: a switch that turns something off begins with `no`. */
const flags = OPTION_NAMES.map((name) =>
  OPTIONS[name].turnsOff === true ? `--no-${flagOf(name).slice(2)}` : flagOf(name),
);
/** Of single commands, of every command, and of other programs. */
const OTHERS = (
  "--config --save-config --help --json --on --role --uses --logs --until-stdin-ends " +
  "--network --cpus --rm --init --env --volume --file --tag --security-opt"
).split(" ");

test("docs/operations.md says what every option means", () => {
  const table = page.slice(page.indexOf("\n## Options"), page.indexOf("\n## Hours"));
  expect(flags.filter((flag) => !table.includes(`\`${flag}`))).toEqual([]);
});

test.each([
  "docs/operations.md",
  "deploy/Dockerfile",
  "deploy/skein-node.service",
  "deploy/fresh-container-per-client.sh",
])("%s names no option that does not exist", (path) => {
  // Of the last table, the first column has another program's.
  const [own = "", other = ""] = read(path).split("\n## Coming from dispycosnode");
  const lines = (own + other.replaceAll(/^\|[^|]*\|/gm, "|"))
    .split("\n")
    .filter((line) => !/npm install|useradd|apt-get|install --|systemctl/.test(line));
  const named = Array.from(lines.join("\n").matchAll(/(?<![\w-])--[a-z][a-z-]+/g), ([flag]) => flag);
  expect(named.filter((flag) => !flags.includes(flag) && !OTHERS.includes(flag))).toEqual([]);
});

test("every variable that deploy/ sets is one of an option", () => {
  const text = read("deploy/Dockerfile") + read("deploy/skein-node.service");
  const named = new Set(Array.from(text.matchAll(/(SKEIN_[A-Z_]+)=/g), ([, name]) => name));
  const known = flags.map((flag) => `SKEIN_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`);
  expect([...named].filter((name) => name === undefined || !known.includes(name))).toEqual([]);
});
