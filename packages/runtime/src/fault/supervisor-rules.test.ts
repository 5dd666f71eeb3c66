import { expect, test } from "vitest";
import type { SkeinError } from "../errors.ts";
import { type LogFields, silentLogger } from "../logger.ts";
import { nameTable } from "../message/names.ts";
import type { TaskContext } from "../task/context.ts";
import { replaceDefaultEngine } from "../task/default-engine.ts";
import { completed } from "../task/deferred.ts";
import { createRuntime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { ChildSpec, SupervisorSpec } from "./supervisor-spec.ts";
import { supervise } from "./supervisor.ts";

function setUp() {
  const clock = new VirtualClock();
  const warnings: LogFields[] = [];
  const logger = { ...silentLogger, warn: (event: string, fields?: LogFields) => warnings.push({ event, ...fields }) };
  const runtime = createRuntime({ platform: virtualPlatform({ clock }), logger });
  replaceDefaultEngine(runtime.engine);
  const names = runtime.engine.part(nameTable);
  // Every child of these tests takes texts.
  const child = (name: string): TaskRef<string> | undefined =>
    names.lookup(name, "task") as TaskRef<string> | undefined;
  return { clock, runtime, names, child, warnings };
}
/** Fails when told "fail", returns when told anything else. */
function* worker(task: TaskContext<string>, log: string[]) {
  log.push(`+${task.name}`);
  const message = yield* task.receive();
  if (message === "fail") throw new Error(`${task.name} failed`);
}
const spec = (strategy: SupervisorSpec["strategy"], children: readonly ChildSpec[]): SupervisorSpec => ({
  strategy,
  intensity: { restarts: 3, withinMs: 60_000 },
  children,
});

test("a child that is never restarted is not started again with its group", async () => {
  const { clock, child } = setUp();
  const log: string[] = [];
  const house = supervise(
    spec("one-for-all", [
      { name: "always", start: worker, args: [log], restart: "always" },
      { name: "once", start: worker, args: [log], restart: "never" },
      { name: "on-failure", start: worker, args: [log], restart: "on-failure" },
    ]),
  );
  await clock.settle();
  child("on-failure")?.send("end");
  await clock.settle();
  child("always")?.send("fail");
  await clock.settle();
  expect(log).toEqual(["+always", "+once", "+on-failure", "+always", "+on-failure"]);
  expect(child("once")).toBe(undefined);
  await Promise.all([house.cancel(), clock.advance(1)]);
});

test("a name that an unrelated task has registered is not taken from it", async () => {
  const { clock, names, child } = setUp();
  const log: string[] = [];
  const stranger = spawn(worker, [log]);
  names.register("till", stranger);
  const house = supervise(spec("one-for-one", [{ name: "till", start: worker, args: [log], restart: "always" }]));
  const exit = Promise.resolve(house.exit());
  await clock.settle();
  expect(await exit).toMatchObject({ type: "failed", error: { code: "NAME_TAKEN" } });
  expect([child("till"), log]).toEqual([stranger.ref, ["+worker"]]);
  stranger.send("end");
  await clock.settle();
});

test("a child's name is free again after its supervisor, wherever the child ran", async () => {
  const { clock, names } = setUp();
  // As a job gives it: a reference whose end the table of names does not learn.
  const ref = (): TaskRef => spawn(worker, [[]], { background: true }).ref;
  const on = { run: () => ({ ref: ref(), cancel: () => completed }) };
  const house = supervise(spec("one-for-one", [{ name: "far", start: worker, on, restart: "always" }]));
  await clock.settle();
  expect(names.lookup("far", "task")).not.toBe(undefined);
  await Promise.all([house.cancel(), clock.advance(1)]);
  expect(names.lookup("far", "task")).toBe(undefined);
});

test("the arguments of a supervisor's children are checked against what they start", () => {
  function* till(_task: TaskContext<string>, port: number, name = "till") {
    yield* sleep(port + name.length);
  }
  const plain = async (_task: TaskContext): Promise<void> => {};
  const spread = (_task: TaskContext, ...ports: number[]): number => ports.length;
  const base = { strategy: "one-for-one", intensity: { restarts: 1, withinMs: 1000 } } as const;
  const child = { name: "a", restart: "never" } as const;
  // Types only.
  const check = (): unknown => [
    supervise({
      ...base,
      children: [
        { ...child, start: till, args: [1] },
        { ...child, start: plain },
      ],
    }),
    supervise({ ...base, children: [{ ...child, start: till, args: [1, "x"] }] }),
    supervise({ ...base, children: [{ ...child, start: spread, args: [1, 2, 3] }] }),
    supervise({ ...base, children: [{ ...base, name: "sub", children: [{ ...child, start: till, args: [1] }] }] }),
    supervise({ ...base, children: [{ ...base, name: "sub", children: [{ ...child, start: plain }] }] }),
    supervise({ ...base, children: [] as SupervisorSpec["children"] }),
    supervise({} as SupervisorSpec),
    // @ts-expect-error the argument is missing
    supervise({ ...base, children: [{ ...child, start: till }] }),
    // @ts-expect-error the wrong argument
    supervise({ ...base, children: [{ ...child, start: till, args: ["1"] }] }),
    // @ts-expect-error one too many
    supervise({ ...base, children: [{ ...child, start: plain, args: [1] }] }),
    // @ts-expect-error the wrong argument, further down
    supervise({ ...base, children: [{ ...base, name: "sub", children: [{ ...child, start: till, args: ["1"] }] }] }),
  ];
  expect(check).toBeTypeOf("function");
});

test("a description with values that are none is refused at once", () => {
  setUp();
  const child: ChildSpec = { name: "a", start: worker, args: [[]], restart: "always" };
  const wrong: readonly unknown[] = [
    { ...spec("one-for-one", [child]), strategy: "one_for_one" },
    spec("one-for-one", [{ ...child, restart: "sometimes" as "never" }]),
    spec("one-for-one", [{ ...child, backoffMs: Number.NaN }]),
    spec("one-for-one", [{ ...child, start: undefined as unknown as ChildSpec["start"] }]),
    { ...spec("one-for-one", []), children: [{ ...spec("one-for-one", [child]), name: "in", strategy: "none" }] },
  ];
  const codes = wrong.map((one) => {
    try {
      supervise(one as SupervisorSpec);
      return "no error";
    } catch (error) {
      return (error as SkeinError).code;
    }
  });
  expect(codes).toEqual(wrong.map(() => "OPTION_INVALID"));
});

test("why a child failed is logged, whether it is started again or not", async () => {
  const { clock, child, warnings } = setUp();
  const house = supervise({
    ...spec("one-for-one", [
      { name: "once", start: worker, args: [[]], restart: "never" },
      { name: "again", start: worker, args: [[]], restart: "on-failure" },
      { name: "quiet", start: worker, args: [[]], restart: "never" },
    ]),
    name: "house",
  });
  await clock.settle();
  for (const name of ["once", "again"]) child(name)?.send("fail");
  child("quiet")?.send("end");
  await clock.settle();
  expect(warnings).toMatchObject([
    { event: "child.failed", task: "house", child: "once", end: "failed", restarts: false },
    { event: "child.failed", task: "house", child: "again", end: "failed", restarts: true },
  ]);
  expect(warnings.map(({ error }) => (error as Error).message)).toEqual(["once failed", "again failed"]);
  await Promise.all([house.cancel(), clock.advance(1)]);
});
