import type { JobId, ServerId, TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { TaskPhase } from "./task-row.ts";
import { TaskTable } from "./task-table.ts";

// Ids in their usual forms.
const id = (number: number): TaskId => `t_${String(number).padStart(26, "0")}` as TaskId;
const JOB = `j_${"1".padStart(26, "0")}` as JobId;
const SERVER = "node/1" as ServerId;
const ended = { phase: TaskPhase.returned, endedMs: 3 } as const;

test("a task is kept from its creation to after its end, with its attempts and its last error", () => {
  const table = new TaskTable();
  table.put(id(1), 0, JOB, { kind: "io", createdMs: 1, args: "[7]" });
  table.put(id(1), 0, JOB, { phase: TaskPhase.running, server: SERVER, startedMs: 2 });
  const error = { code: "SERVER_LOST", message: "gone" };
  table.addAttempt(id(1), { attempt: 1, server: SERVER, startedMs: 2, endedMs: 3, error });
  table.put(id(1), 0, JOB, { phase: TaskPhase.failed, attempt: 2, endedMs: 9, error });
  expect([table.size, table.open]).toEqual([1, 0]);
  expect(table.row(id(1))).toMatchObject({
    kind: "io",
    phase: TaskPhase.failed,
    attempt: 2,
    createdMs: 1,
    endedMs: 9,
    args: "[7]",
    error,
    attempts: [{ attempt: 1, error }],
  });
});

test("when it is full, the task that ended first makes room, and one that still runs never does", () => {
  const table = new TaskTable(3);
  table.put(id(1), 0, JOB, { phase: TaskPhase.running });
  for (let number = 2; number <= 9; number += 1) {
    table.put(id(number), 0, JOB, {});
    table.put(id(number), 0, JOB, ended);
  }
  expect([table.size, table.open, table.count]).toEqual([3, 1, 9]);
  expect([1, 7, 8, 9].map((number) => table.row(id(number)) !== undefined)).toEqual([true, false, true, true]);
});

test("while all that is kept still waits, more is counted by nobody's cost", () => {
  const table = new TaskTable(2);
  for (let number = 1; number <= 5; number += 1) table.put(id(number), 0, JOB, {});
  expect([table.size, table.open]).toEqual([2, 2]);
  table.put(id(1), 0, JOB, ended);
  table.put(id(6), 0, JOB, {});
  expect([table.row(id(1)), table.row(id(6))?.phase]).toEqual([undefined, TaskPhase.waiting]);
});

test("a task of which no end was told counts as over, until it is heard of again", () => {
  const table = new TaskTable();
  table.put(id(1), 0, JOB, { phase: TaskPhase.running });
  table.put(id(2), 0, JOB, ended);
  table.unheard(() => true, 5);
  expect([table.open, table.row(id(1))?.phase, table.row(id(2))?.phase]).toEqual([
    0,
    TaskPhase.unheard,
    TaskPhase.returned,
  ]);
  table.put(id(1), 0, JOB, { phase: TaskPhase.running });
  expect(table.open).toBe(1);
});

test("a task that ends again and again takes no more room than once", () => {
  const table = new TaskTable(4);
  for (let round = 0; round < 50; round += 1) {
    table.put(id(1), 0, JOB, { phase: TaskPhase.running });
    table.put(id(1), 0, JOB, ended);
  }
  for (let number = 2; number <= 9; number += 1) table.put(id(number), 0, JOB, ended);
  expect([table.size, table.slots]).toEqual([4, 4]);
});
