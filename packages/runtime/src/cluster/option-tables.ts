/** What the options of jobs, their tasks, rules and steering may be: one table for each type. */
import {
  amount,
  anyList,
  callable,
  callableOr,
  flag,
  kindOf,
  listOf,
  oneOf,
  oneOrListOf,
  type OptionKind,
  optionsOf,
  packageName,
  type OptionTable,
  regExp,
  retries,
  signal,
  text,
  texts,
  time,
  url,
  whole,
  yes,
} from "../check-options.ts";
import { type CloseOptions, type WaitOptions } from "../contracts/wait.ts";
import { JOB_WEIGHT_LEAST, JOB_WEIGHT_MOST, QUORUM_ANSWERS_LIMIT } from "../defaults.ts";
import { POOL_MAP_OPTIONS } from "../pool/option-tables.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { LocalRef } from "../task/task-ref.ts";
import { type JobEachOptions, type JobMapOptions, type PoolPlacing } from "./job-map.ts";
import { type Allow, ISOLATIONS } from "./isolation.ts";
import { type OpenOptions } from "./job.ts";
import { type RestartServersOptions, type StopServersOptions } from "./job-steering.ts";
import { type Needs, type NodeRule } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";

const taskRef: OptionKind = kindOf(
  "a task's ref: task.ref",
  (value) => value instanceof LocalRef || value instanceof RemoteRef,
);
/** Longest name of a job that a scheduler takes. */
const NAME_LENGTH = 4096;
const jobName: OptionKind = kindOf(
  `a text of up to ${NAME_LENGTH} characters`,
  (value) => typeof value === "string" && value.length <= NAME_LENGTH,
);
const jobFile: OptionKind = kindOf(
  "a path, { name, bytes }, or { file, to }",
  (value) =>
    typeof value === "string" ||
    (typeof value === "object" &&
      value !== null &&
      (("name" in value && "bytes" in value) || ("file" in value && "to" in value))),
);

const quorum: OptionKind = optionsOf<{ quorum: number }>({ quorum: whole(1, QUORUM_ANSWERS_LIMIT) });
const trustWord: OptionKind = kindOf(
  `"any", "probation", "servers-only", or { quorum: n } with n from 1 to ${QUORUM_ANSWERS_LIMIT}`,
  (value) => value === "any" || value === "probation" || value === "servers-only",
);
const trust: OptionKind = (value, path, what) =>
  (typeof value === "object" && value !== null && "quorum" in value ? quorum : trustWord)(value, path, what);

const WAIT: OptionTable<WaitOptions> = { timeoutMs: time, signal };

const ALLOW: OptionTable<Allow> = {
  read: listOf(text),
  write: listOf(text),
  run: yes,
  net: yes,
  threads: yes,
  addons: yes,
};

const NEEDS: OptionTable<Needs> = {
  memoryBytes: amount(),
  labels: texts,
  platform: regExp,
  abilities: listOf(text),
  ...ALLOW,
};

const PLACING: OptionTable<PoolPlacing> = {
  kind: oneOf(["cpu", "io"]),
  at: text,
  needs: optionsOf(NEEDS),
};

export const RUN_OPTIONS: OptionTable<RunOptions> = {
  ...PLACING,
  retries,
  retryOn: callableOr(listOf(text)),
  key: text,
  client: taskRef,
  ...WAIT,
};

const { ordered: _ordered, onError: _onError, ...OF_EACH } = POOL_MAP_OPTIONS;
export const EACH_OPTIONS: OptionTable<JobEachOptions> = { ...PLACING, ...OF_EACH };
export const MAP_OPTIONS: OptionTable<JobMapOptions> = { ...PLACING, ...POOL_MAP_OPTIONS };

const RULE: OptionTable<NodeRule> = {
  node: text,
  platform: regExp,
  minServers: amount(),
  take: kindOf("a whole number; -1 leaves one server free", Number.isInteger),
  minMemoryBytes: amount(),
  minDiskBytes: amount(),
  labels: texts,
  kind: oneOf(["node", "tab"]),
};
export const ruleKind: OptionKind = callableOr(optionsOf(RULE));

export const JOB_OPTIONS: OptionTable<OpenOptions & WaitOptions> = {
  name: jobName,
  modules: listOf(url),
  functions: listOf(callable),
  packages: listOf(packageName),
  weight: amount(JOB_WEIGHT_LEAST, JOB_WEIGHT_MOST),
  priority: whole(-1000, 1000),
  exclusive: flag,
  idleMs: amount(),
  where: oneOrListOf(ruleKind),
  client: taskRef,
  isolation: oneOf(ISOLATIONS),
  allow: optionsOf(ALLOW),
  files: listOf(jobFile),
  nodeSetup: callable,
  serverSetup: callable,
  restartServers: flag,
  setupArgs: anyList,
  manualNodes: flag,
  manualServers: flag,
  onLostNode: oneOf(["wait", "abandon"]),
  trust,
  verify: callable,
  equal: callable,
  ...WAIT,
};

export const STOP_OPTIONS: OptionTable<StopServersOptions> = { graceMs: amount() };
export const RESTART_OPTIONS: OptionTable<RestartServersOptions> = { setupArgs: anyList, graceMs: amount() };
export const CLOSE_OPTIONS: OptionTable<CloseOptions> = { cancel: flag, timeoutMs: time };
