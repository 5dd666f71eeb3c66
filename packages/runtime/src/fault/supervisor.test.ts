import { expect, test } from "vitest";
import type { SkeinError } from "../errors.ts";
import { nameTable } from "../message/names.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { restartChild } from "./restart-child.ts";
import type { SupervisorSpec } from "./supervisor-spec.ts";
import { supervise } from "./supervisor.ts";

const platform = createHostPlatform();
const runtime = createRuntime({ platform });
const turns = async (count = 6): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => platform.nextTurn(resolve));
};
const start = async (spec: SupervisorSpec) => {
  const [supervisor] = await spawn((_task: TaskContext) => [supervise(spec)] as const, [], { runtime });
  await turns();
  // In an array, because an async function waits for a task that it returns.
  return [supervisor] as const;
};
const child = (name: string): TaskRef<string> | undefined =>
  // Every child of these tests takes texts.
  runtime.engine.part(nameTable).lookup(name, "task") as TaskRef<string> | undefined;

/** Fails when told "fail", returns when told "end"; notes its starts and ends. */
function* worker(task: TaskContext<string>, log: string[], name: string) {
  log.push(`+${name}`);
  try {
    for (;;) {
      const message = yield* task.receive();
      if (message === "fail") throw new Error(`${name} failed`);
      if (message === "end") return;
    }
  } finally {
    log.push(`-${name}`);
  }
}
const spec = (log: string[], strategy: SupervisorSpec["strategy"], restarts = 3): SupervisorSpec => ({
  strategy,
  intensity: { restarts, withinMs: 60_000 },
  children: ["a", "b", "c"].map((name) => ({ name, start: worker, args: [log, name], restart: "on-failure" })),
});

test("one-for-one restarts the child that failed, under its name", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "one-for-one"));
  const before = child("b");
  before?.send("fail");
  await turns();
  expect(log).toEqual(["+a", "+b", "+c", "-b", "+b"]);
  expect(child("b")).not.toBe(before);
  await supervisor.cancel();
});

test("a child that is restarted by hand starts again with its group, and does not count against the intensity", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "rest-for-one", 0));
  await restartChild(runtime.engine, supervisor.id, "b");
  expect(log).toEqual(["+a", "+b", "+c", "-c", "-b", "+b", "+c"]);
  // One that has ended for good, too.
  child("c")?.send("end");
  await turns();
  await restartChild(runtime.engine, supervisor.id, "c");
  expect(log.slice(7)).toEqual(["-c", "+c"]);
  await expect(restartChild(runtime.engine, supervisor.id, "d")).rejects.toMatchObject({ code: "NAME_UNKNOWN" });
  const late = restartChild(runtime.engine, supervisor.id, "a");
  await Promise.all([supervisor.cancel(), expect(late).rejects.toMatchObject({ code: "TASK_UNKNOWN" })]);
  await expect(restartChild(runtime.engine, supervisor.id, "a")).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
});

test("one-for-all stops the others in reverse order and starts all again", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "one-for-all"));
  child("b")?.send("fail");
  await turns();
  expect(log).toEqual(["+a", "+b", "+c", "-b", "-c", "-a", "+a", "+b", "+c"]);
  await supervisor.cancel();
});

test("rest-for-one restarts those started after it, too", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "rest-for-one"));
  child("b")?.send("fail");
  await turns();
  expect(log).toEqual(["+a", "+b", "+c", "-b", "-c", "+b", "+c"]);
  await supervisor.cancel();
});

test("cancelling a supervisor stops its children in reverse order", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "one-for-one"));
  await supervisor.cancel();
  expect(log.slice(3)).toEqual(["-c", "-b", "-a"]);
  expect(child("a")).toBe(undefined);
});

test("past the intensity the supervisor stops everybody and fails with the cause", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "one-for-one", 1));
  const exit = Promise.resolve(supervisor.exit());
  child("a")?.send("fail");
  await turns();
  child("a")?.send("fail");
  const ended = await exit;
  expect(ended.type).toBe("failed");
  const error = ended.type === "failed" ? (ended.error as SkeinError) : undefined;
  expect([error?.code, (error?.cause as Error | undefined)?.message]).toEqual(["RESTART_LIMIT", "a failed"]);
  expect(log.slice(-2)).toEqual(["-c", "-b"]);
});

test("a supervisor returns when its children have ended for good", async () => {
  const log: string[] = [];
  const [supervisor] = await start(spec(log, "one-for-one"));
  const exit = Promise.resolve(supervisor.exit());
  for (const name of ["a", "b", "c"]) child(name)?.send("end");
  expect((await exit).type).toBe("returned");
});

test("a nested supervisor that gives up is restarted by the one above", async () => {
  const log: string[] = [];
  const [supervisor] = await start({
    strategy: "one-for-one",
    intensity: { restarts: 2, withinMs: 60_000 },
    children: [{ ...spec(log, "one-for-one", 0), name: "inner" }],
  });
  child("a")?.send("fail");
  await turns(10);
  expect(log).toEqual(["+a", "+b", "+c", "-a", "-c", "-b", "+a", "+b", "+c"]);
  await supervisor.cancel();
});

test("a back-off delays the restart", async () => {
  const log: string[] = [];
  const [supervisor] = await start({
    strategy: "one-for-one",
    intensity: { restarts: 2, withinMs: 60_000 },
    children: [{ name: "slow", start: worker, args: [log, "slow"], restart: "always", backoffMs: 20 }],
  });
  const startMs = platform.now();
  child("slow")?.send("end");
  await turns();
  while (log.length < 3) await turns(1);
  expect(platform.now() - startMs).toBeGreaterThan(15);
  await supervisor.cancel();
});
