import { command, type Program, sleep } from "@skein/node-server";
import { expect, test } from "vitest";
import { fixture } from "./programs.ts";

const FIXTURE = fixture("stdin-beside-tasks.ts");
const AGAIN = fixture("stdin-again.ts");
const start = (): Program => command(process.execPath, [FIXTURE]);

test("standard input is read while other tasks run, and its end is the end", async () => {
  await using program = start();
  await program.write("one\n");
  // The first line may be there before the task that ticks has begun.
  expect(await program.readLine()).toMatch(/^ONE /);
  await sleep(50);
  await program.write("tw");
  await program.write("o\n");
  expect(await program.readLine()).toBe("TWO others ran");
  await program.write("last without newline");
  program.end();
  expect(await program.readLine()).toMatch(/^LAST WITHOUT NEWLINE/);
  expect(await program.readLine()).toBe("input ended");
  expect(await program.exit()).toMatchObject({ code: 0 });
});

test("a program whose tasks have ended ends, though its standard input is still open", async () => {
  await using program = start();
  await program.write("stop\n");
  expect(await program.readLine()).toBe("stopped");
  expect(await program.exit({ timeoutMs: 30_000 })).toMatchObject({ code: 0 });
});

test("standard input goes on with the next reader when one was given up or cancelled", async () => {
  await using program = command(process.execPath, [AGAIN]);
  expect(await program.readLine()).toBe("ready");
  await program.write("one\ntwo\nth");
  expect(await program.readLine()).toBe("first one");
  expect(await program.readLine()).toBe("given up");
  await program.write("ree\nfour\n");
  expect(await program.readLine()).toBe("second two");
  expect(await program.readLine()).toBe("cancelled");
  expect(await program.readLine()).toBe("third three");
  expect(await program.readLine()).toBe("third four");
  await program.write("five\n");
  expect(await program.readLine()).toBe("third five");
  program.end();
  expect(await program.readLine()).toBe("end");
  expect(await program.exit()).toMatchObject({ code: 0 });
});
