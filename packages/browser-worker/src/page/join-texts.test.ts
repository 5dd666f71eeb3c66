import { SkeinError } from "@skein/runtime";
import { expect, test } from "vitest";
import { grantedWords } from "./grants.ts";
import { problemOf } from "./problems.ts";
import { readOrigins, readSettings, usualSettings } from "./settings.ts";
import { scriptOf } from "./update-watch.ts";
import { bytesText, count, durationText } from "./words.ts";

test("numbers read well", () => {
  expect([bytesText(0), bytesText(999), bytesText(1400), bytesText(48_200_000), bytesText(345_600_000_000)]).toEqual([
    "0 B",
    "999 B",
    "1.4 kB",
    "48.2 MB",
    "346 GB",
  ]);
  expect([durationText(1300), durationText(12_000), durationText(754_000), durationText(5_040_000)]).toEqual([
    "1.3 s",
    "12 s",
    "12 min 34 s",
    "1 h 24 min",
  ]);
  expect([count(1, "tab"), count(20, "tab")]).toEqual(["1 tab", "20 tabs"]);
});

test("half of the cores are given unless somebody says otherwise, and never more than there are", () => {
  expect([1, 2, 8].map((cores) => usualSettings(cores).workers)).toEqual([1, 1, 4]);
  expect(readSettings({ workers: 16, hidden: true }, 8)).toEqual({ ...usualSettings(8), workers: 8, hidden: true });
  expect(readSettings({ workers: -1, onBattery: "yes" }, 8)).toEqual(usualSettings(8));
  expect(readSettings("nonsense", 8)).toEqual(usualSettings(8));
});

test("of abilities that were kept, those that make sense are granted", () => {
  const abilities = { ask: true, gpu: "yes", other: true, fetch: { origins: ["https://a.example", 7, "file:///etc"] } };
  expect(readSettings({ abilities }, 2).abilities).toEqual({ ask: true, fetch: { origins: ["https://a.example"] } });
});

test("sites are told from what is none", () => {
  expect(
    readOrigins(["a.example", " https://a.example/ ", "http://b.example:81", "", "ftp://c", "https://d/e"]),
  ).toEqual({
    origins: ["https://a.example", "http://b.example:81"],
    wrong: ["ftp://c", "https://d/e"],
  });
});

test("each error says what to do", () => {
  const used = new SkeinError("INVITE_USED", "the invite was redeemed", { hint: "ask for another", cause: 1 });
  expect(problemOf(used)).toMatchObject({
    title: "This link has been used up",
    text: "The invite was redeemed. (INVITE_USED)",
    again: false,
  });
  const https = new SkeinError("PEER_UNREACHABLE", "this page came by https", { hint: "open it by http" });
  expect(problemOf(https)).toMatchObject({ help: "Open it by http.", again: true });
  const missing = new SkeinError("ABILITY_UNAVAILABLE", "the program can't be loaded", { hint: "", cause: 404 });
  expect(problemOf(missing)).toMatchObject({ title: "A part of this page is missing", again: true });
  expect(problemOf(new Error("odd"))).toMatchObject({ title: "Joining failed", text: "odd", again: true });
});

test("a page that was built anew names another script", () => {
  const html = '<script src="x.js"></script><script type="module" crossorigin src="./assets/index-1.js"></script>';
  expect(scriptOf(html, "http://a.example/join")).toBe("http://a.example/assets/index-1.js");
  expect(scriptOf("<p>captive portal</p>", "http://a.example/join")).toBeUndefined();
});

test("a typing error is no site", () => {
  const lines = [
    "not a url",
    "http://127.0.0.1:9555/path",
    "a_b",
    "user@a.example",
    "nas",
    "http://[::1]:8080",
    "127.0.0.1:80",
  ];
  expect(readOrigins(lines)).toEqual({
    origins: ["https://nas", "http://[::1]:8080", "https://127.0.0.1:80"],
    wrong: ["not a url", "http://127.0.0.1:9555/path", "a_b", "user@a.example"],
  });
});

test("what is granted is said in the words it was asked with", () => {
  const granted = {
    gpu: true,
    storage: { quotaBytes: 50_000_000 },
    fetch: { origins: ["https://a.example"] },
  } as const;
  expect(grantedWords(granted)).toEqual([
    "Fetch from the web (https://a.example)",
    "Keep data here (50.0 MB)",
    "Compute on the graphics card",
  ]);
});
