import { describe, expect, test } from "vitest";
import { isSkeinError } from "../errors.ts";
import { filePath, pathKey } from "./files-path.ts";

const refused = (name: string, to?: string): boolean => {
  try {
    filePath(name, to);
    return false;
  } catch (error) {
    return isSkeinError(error, "PATH_FORBIDDEN");
  }
};

test("a relative folder and a name become the parts of a path", () => {
  expect(filePath("ok.txt", "a/b")).toEqual(["a", "b", "ok.txt"]);
  expect(filePath("ok.txt", "a//b/")).toEqual(["a", "b", "ok.txt"]);
  expect(filePath("übersicht – 東京.csv")).toEqual(["übersicht – 東京.csv"]);
});

describe("what could lead elsewhere, or is no name everywhere, is refused:", () => {
  const names = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "..\\x",
    "a\0b",
    "a\nb",
    "C:x",
    "C:",
    "x:stream",
    'a"b',
    "a*",
    "a?",
  ];
  const devices = ["con", "NUL", "nul.txt", "Com1", "lpt9.tar.gz", "aux ", "COM¹", "CONIN$", "prn .txt"];
  const odd = [
    "a.",
    "a ",
    "...",
    "\ud800",
    "e\u0301",
    "x".repeat(256),
    "é".repeat(128),
    ".skein-parts",
    ".Skein-Parts",
  ];
  test.each([...names, ...devices, ...odd])("the name %j", (name) => {
    expect(refused(name)).toBe(true);
  });

  const folders = ["/", "/etc", "..", "a/../b", "../dst-evil", "a/.", "a\\..\\b", "\\\\host\\share", "C:\\x", "a\0b"];
  test.each([...folders, "nul/x", "a/b.", ".skein-parts", "a/".repeat(40)])("the folder %j", (to) => {
    expect(refused("x", to)).toBe(true);
  });
});

test("names that begin like devices, or have dots inside, are names", () => {
  for (const name of ["console.log", "nulls", "com10", "a..b", ".hidden", "-rf", "aux2", "x".repeat(255)]) {
    expect(refused(name)).toBe(false);
  }
  expect(refused("x", "sub/.skein-parts")).toBe(false);
});

test("names that differ in case only have one key", () => {
  expect(pathKey(["A", "b.TXT"])).toBe(pathKey(["a", "B.txt"]));
});
