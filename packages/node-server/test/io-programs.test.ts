import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { all, race, sleep, spawn, type Steps, type TaskContext } from "@skein/runtime";
import { expect, test } from "vitest";
import { command, type Program } from "@skein/node-server";
import { eventually, runs } from "./processes.ts";

const SELF = fileURLToPath(import.meta.url);
/** A program of this machine's Node. */
const node = (script: string): [string, string[]] => [process.execPath, ["-e", script]];

test.skipIf(process.platform === "win32")("chained programs: grep gives wc the two lines that match", async () => {
  const chain = command("grep", ["-i", "error"]).pipe("wc");
  const { text, exit } = await chain.output({ input: "Error: one\nall is well\nan error too\n" });
  expect(text.trim().split(/\s+/)).toEqual(["2", "5", "24"]);
  expect(exit.all.map((end) => end.code)).toEqual([0, 0]);
});

test.skipIf(process.platform === "win32")("a file's checksum is the same fed at once and piece by piece", async () => {
  const content = readFileSync(SELF);
  const expected = createHash("sha1").update(content).digest("hex");
  const { text } = await command("sha1sum").output({ input: content });
  expect(text.split(" ")[0]).toBe(expected);
  const pieces = spawn(function* feed(task: TaskContext) {
    const program = yield* task.use(command("sha1sum"));
    for (let start = 0; start < content.length; start += 100)
      yield* program.write(content.subarray(start, start + 100));
    program.end();
    return (yield* program.readLine())?.split(" ")[0];
  });
  expect(await pieces).toBe(expected);
});

test("lines of a program come while it runs", async () => {
  await using program = command(
    ...node(`
    process.stdin.on("data", (data) => console.log("got " + String(data).trim()));
    process.stdin.on("end", () => console.log("done"));
  `),
  );
  await program.write("one\n");
  expect(await program.readLine()).toBe("got one");
  await program.write("two\n");
  expect(await program.readLine()).toBe("got two");
  program.end();
  expect(await program.readLine()).toBe("done");
  expect(await program.readLine()).toBeUndefined();
  expect(await program.exit()).toEqual({ code: 0, all: [{ code: 0 }] });
});

test("arguments reach the program as they are: there is no shell", async () => {
  const args = ["$HOME", "a b", "; exit 3", '"', "*"];
  const [file, [flag, script]] = node("console.log(JSON.stringify(process.argv.slice(1)))");
  const { text } = await command(file, [flag!, script!, ...args]).output();
  expect(JSON.parse(text)).toEqual(args);
});

test("an exit code is a value of exit() and an error of output(), with the last words", async () => {
  const script = `console.error("no such thing"); process.exitCode = 3`;
  expect(await command(...node(script)).exit()).toMatchObject({ code: 3 });
  await expect(Promise.resolve(command(...node(script)).output())).rejects.toMatchObject({
    code: "PROGRAM_FAILED",
    message: expect.stringMatching(/code 3: no such thing/),
  });
  expect(await command(...node(script)).output({ anyCode: true })).toMatchObject({ errors: "no such thing" });
});

test("a program that is not there says so wherever it is waited on", async () => {
  const missing = (): Program => command("skein-no-such-program").pipe("wc");
  const error = { code: "PROGRAM_FAILED", message: expect.stringContaining("ENOENT") };
  await expect(Promise.resolve(missing().exit())).rejects.toMatchObject(error);
  await expect(Promise.resolve(missing().readLine())).rejects.toMatchObject(error);
  await expect(Promise.resolve(missing().output({ input: "x" }))).rejects.toMatchObject(error);
  await missing().close();
});

test("a program that the system refuses at once says so wherever it is waited on, and command() never throws", async () => {
  const refused = (): Program => command("ls", ["a zero \0 byte"]);
  const error = { code: "PROGRAM_FAILED", message: expect.stringContaining("could not be started") };
  for (const make of [refused, () => refused().pipe(...node("")), () => command(...node("")).pipe("ls", ["\0"])]) {
    await expect(Promise.resolve(make().exit())).rejects.toMatchObject(error);
    await expect(Promise.resolve(make().readLine())).rejects.toMatchObject(error);
    await expect(Promise.resolve(make().lines().next())).rejects.toMatchObject(error);
    await expect(Promise.resolve(make().errorLines().next())).rejects.toMatchObject(error);
    await expect(Promise.resolve(make().output({ input: "x" }))).rejects.toMatchObject(error);
    const program = make();
    await program.close();
    await expect(Promise.resolve(program.write("x"))).rejects.toMatchObject(error);
    await eventually(() => program.pids.every((pid) => !runs(pid)));
    await program.close({ cancel: true });
  }
  await expect(Promise.resolve(refused().write("x"))).rejects.toMatchObject(error);
  await expect(Promise.resolve(command("skein-no-such-program").errorLines().next())).rejects.toMatchObject({
    code: "PROGRAM_FAILED",
  });
  const late = refused();
  await expect(Promise.resolve(late.write("x"))).rejects.toMatchObject(error);
  expect(late.pipe(...node("setInterval(() => {}, 1000)")).pids).toEqual([]);
});

test("a program that prints without end waits for its reader, and the whole chain with it", async () => {
  const forever = `
    let written = 0;
    const more = () => {
      do written += 1000; while (process.stdout.write("x".repeat(999) + "\\n"));
      process.stderr.write(written + "\\n");
      process.stdout.once("drain", more);
    };
    more();
  `;
  await using chain = command(...node(forever)).pipe(...node("process.stdin.pipe(process.stdout)"));
  const lines = chain.lines();
  expect((await lines.next()).value).toBe("x".repeat(999));
  const progress = chain.errorLines();
  // It reports each time it is pushed back; when no report comes for a while, it is stopped.
  let written = 0;
  for (;;) {
    const step = await race([progress.next(), sleep(400)]);
    if (step === undefined) break;
    written = Number(step.value);
    expect(written).toBeLessThan(20_000_000);
  }
  for (let read = 0; read < written; read += 1000) expect((await lines.next()).done).toBe(false);
  // Read on, it prints on.
  expect(Number((await progress.next()).value)).toBeGreaterThan(written);
});

test("standard error that nobody reads does not stop a program", async () => {
  const program = command(...node(`for (let n = 0; n < 50000; n += 1) console.error("line " + n); console.log("end")`));
  expect(await program.readLine()).toBe("end");
  await program.exit();
  const last: string[] = [];
  for await (const line of program.errorLines()) last.push(line);
  expect(last.at(-1)).toBe("line 49999");
  expect(last.length).toBeLessThan(10_000);
});

test.skipIf(process.platform === "win32")("a chain ends when its last program wants no more", async () => {
  const chain = command("yes").pipe("head", ["-n", "3"]);
  const { text, exit } = await chain.output();
  expect(text).toBe("y\ny\ny\n");
  expect(exit.all[0]).not.toMatchObject({ code: 0 });
});

test("programs are killed when the task that started them ends, by cancel or not", async () => {
  const pids: number[] = [];
  function* starter(_task: TaskContext, wait: boolean): Steps<void> {
    const program = command(...node("setInterval(() => {}, 1000); console.log(1)"));
    yield* program.readLine();
    pids.push(...program.pids);
    if (wait) yield* program.exit();
  }
  const waiting = spawn(starter, [true]);
  await all([spawn(starter, [false])]);
  await eventually(() => pids.length === 2);
  await waiting.cancel();
  await eventually(() => pids.every((pid) => !runs(pid)));
});

test("a signal, a timeout and too much output kill the program", async () => {
  const controller = new AbortController();
  const program = command(...node("setInterval(() => {}, 1000)"), { signal: controller.signal });
  controller.abort();
  expect(await program.exit()).toMatchObject({ signal: "SIGTERM" });
  const slow = command(...node("setInterval(() => {}, 1000)"));
  await expect(Promise.resolve(slow.output({ timeoutMs: 50 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(await slow.exit()).toMatchObject({ signal: "SIGTERM" });
  const loud = command(...node(`setInterval(() => console.log("x".repeat(1000)), 1)`));
  await expect(Promise.resolve(loud.output({ limitBytes: 5000 }))).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  await loud.exit();
});

test("an exit is waited for at most as long as asked, and the program goes on", async () => {
  await using program = command(...node("setInterval(() => {}, 1000)"));
  await expect(Promise.resolve(program.exit({ timeoutMs: 30 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(runs(program.pids[0]!)).toBe(true);
});
