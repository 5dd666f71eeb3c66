/** Schemas for what operators say to a scheduler, and it to clients and servers, checked against `act-words.ts`. */
import * as z from "valibot";
import { object } from "../wire/parse.ts";
import { ACT_TASKS_LIMIT } from "../defaults.ts";
import {
  type Cancel,
  type Intake,
  type OfTask,
  type SendToTask,
  type UpgradeRun,
  type UpgradeTask,
  type Weigh,
} from "./act-words.ts";
import { codeDigest, count, jobId, leaseId, parser, taskId, text, weight } from "./schema-parts.ts";

type Parser<T> = (args: unknown) => T;

export const parseIntake: Parser<Intake> = parser(object({ open: z.boolean() }));
export const parseWeigh: Parser<Weigh> = parser(object({ job: jobId, weight }));
const someTasks = z.pipe(z.array(taskId), z.maxLength(ACT_TASKS_LIMIT));
export const parseCancel: Parser<Cancel> = parser(
  object({ job: z.exactOptional(jobId), tasks: z.exactOptional(someTasks), reason: text }),
);
export const parseOfTask: Parser<OfTask> = parser(object({ task: taskId }));
export const parseSendToTask: Parser<SendToTask> = parser(object({ task: taskId, value: z.unknown() }));
export const parseUpgradeTask: Parser<UpgradeTask> = parser(object({ task: taskId, digest: codeDigest, fn: text }));
export const parseUpgradeRun: Parser<UpgradeRun> = parser(
  object({ lease: leaseId, serial: count, code: codeDigest, fn: text }),
);
