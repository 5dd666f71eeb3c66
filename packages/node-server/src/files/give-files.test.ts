import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Folder } from "./folder.ts";
import { giveFiles } from "./give-files.ts";

/** A user that is nobody here. */
const OWNER = 60_600;
const mayGiveAway = process.platform === "linux" && process.getuid?.() === 0;

function world(): { readonly from: string; readonly to: string; readonly outside: string } {
  const base = mkdtempSync(join(tmpdir(), "skein-give-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [from, to, outside] = [join(base, "from"), join(base, "to"), join(base, "outside")];
  for (const path of [from, to, outside]) mkdirSync(path);
  return { from, to, outside };
}

test.runIf(mayGiveAway)(
  "a copy for another user is that user's, with its folders, and as executable as before",
  async () => {
    const { from, to } = world();
    mkdirSync(join(from, "deep"));
    writeFileSync(join(from, "deep", "run.sh"), "exit 0", { mode: 0o755 });
    await giveFiles(from, to, { owner: OWNER });
    const copy = statSync(join(to, "deep", "run.sh"));
    expect({ uid: copy.uid, mode: copy.mode & 0o777 }).toEqual({ uid: OWNER, mode: 0o755 });
    expect(readFileSync(join(to, "deep", "run.sh"), "utf8")).toBe("exit 0");
    expect(statSync(join(to, "deep")).uid).toBe(OWNER);
    expect(statSync(join(from, "deep", "run.sh")).uid).toBe(0);
  },
);

test.runIf(mayGiveAway)(
  "a link put in a copy's place while it is made does not give away what it leads to",
  async () => {
    const { from, to, outside } = world();
    writeFileSync(join(outside, "secret"), "x");
    // A copy that takes until the test lets go of the source.
    execFileSync("mkfifo", [join(from, "slow")]);
    const source = openSync(join(from, "slow"), constants.O_RDWR);
    const given = giveFiles(from, to, { path: "slow", owner: OWNER });
    const target = join(to, "slow");
    while (!existsSync(target)) await setImmediate();
    renameSync(target, join(to, "moved"));
    symlinkSync(join(outside, "secret"), target);
    writeSync(source, "hello");
    while (statSync(join(to, "moved")).size === 0) await setImmediate();
    closeSync(source);
    await given;
    expect(statSync(join(outside, "secret")).uid).toBe(0);
    expect(statSync(join(to, "moved")).uid).toBe(OWNER);
  },
);

test.runIf(mayGiveAway)("a link put in a folder's place does not give away what it leads to", async () => {
  const { to, outside } = world();
  mkdirSync(join(to, "deep"));
  const folder = await Folder.open(join(to, "deep"));
  renameSync(join(to, "deep"), join(to, "moved"));
  symlinkSync(outside, join(to, "deep"));
  await folder.giveTo(OWNER);
  await folder.close();
  expect(statSync(outside).uid).toBe(0);
  expect(statSync(join(to, "moved")).uid).toBe(OWNER);
});
