/** Recordings of real clusters, as tests and the gate that makes them use them: read, replayed, and compared. */
import type { ClusterEvent, ClusterSnapshot, JobId } from "@skein/runtime";
import { parseRecording, type RecordLine } from "../../record/record-line.ts";
import { type ClusterModel, createModel } from "../cluster-model.ts";
import { reduce } from "../reduce.ts";
import { doneOf, failedOf } from "../select.ts";

/** What is known of a recording's end from elsewhere. */
export interface Told {
  /** What the programs whose jobs they were say of their tasks. */
  readonly jobs: readonly { readonly name: string; readonly returned: number; readonly ended: number }[];
  /** What the scheduler answered when all was over. */
  readonly stands: ClusterSnapshot;
}

export interface Recording {
  readonly lines: readonly RecordLine[];
  readonly events: readonly ClusterEvent[];
  readonly first: ClusterSnapshot;
  readonly told: Told;
}

/** @param text the recorder's file @param told as JSON */
export function readRecording(text: string, told: string): Recording {
  const lines = parseRecording(text);
  const [first] = lines;
  if (first === undefined || !("snapshot" in first)) throw new Error("a recording begins with a snapshot");
  const events = lines.flatMap((line) => ("events" in line ? line.events : []));
  // Written by the gate that made the recording.
  return { lines, events, first: first.snapshot, told: JSON.parse(told) as Told };
}

/** A model that has taken these lines. */
export function replayed(lines: readonly RecordLine[], model: ClusterModel = createModel()): ClusterModel {
  for (const line of lines) {
    const nowMs = line.t;
    if ("snapshot" in line) {
      const { snapshot, since } = line;
      reduce(model, { type: "snapshot", snapshot, ...(since === undefined ? {} : { since }), nowMs });
    } else if ("events" in line) reduce(model, { type: "events", events: line.events, nowMs });
    else if ("observed" in line) reduce(model, { type: "observed", observed: line.observed });
  }
  return model;
}

export interface Standing {
  readonly intakePaused: boolean;
  readonly nodes: readonly { readonly state: string }[];
  readonly servers: readonly object[];
  readonly jobs: readonly { readonly id: JobId }[];
}

/** How the cluster stands, as every view shows it. */
export function standingOf(model: ClusterModel): Standing {
  return {
    intakePaused: model.intakePaused,
    nodes: [...model.nodes.values()].map(({ id, label, state, hold }) => ({ id, label, state, hold })),
    servers: [...model.servers.values()]
      .map((server) => ({
        id: server.id,
        state: server.state,
        hold: server.hold,
        job: server.job,
        done: doneOf(server),
        failed: failedOf(server),
      }))
      .toSorted((a, b) => a.id.localeCompare(b.id)),
    // Of those whose end was not heard, their last counters are shown, and that it is so.
    jobs: [...model.jobs.values()]
      .filter(({ endHeard }) => endHeard)
      .map(({ id, name, state, weight, paused, away, counters }) => ({
        id,
        name,
        state,
        weight,
        paused,
        away,
        counters,
      }))
      .toSorted((a, b) => a.id.localeCompare(b.id)),
  };
}

/** What has been: tasks with their lives, rectangles, troubles, log lines. */
export function pastOf(model: ClusterModel): unknown {
  const fns = model.functionList.map(({ name }) => name);
  const tasks = Array.from({ length: model.tasks.slots }, (_, slot) => model.tasks.rowAt(slot))
    .filter((row) => row !== undefined)
    .map((row) => {
      const { number: _, fn, ...rest } = row;
      return { fn: fns[fn], ...rest };
    })
    .toSorted((a, b) => a.id.localeCompare(b.id));
  const spans: unknown[] = [];
  // Those of a server that is gone have no lane any more.
  const lanes = new Set([...model.servers.values()].map(({ index }) => index));
  model.spans.each(0, (server, fn, startMs, endMs, exit, place) => {
    if (lanes.has(server)) spans.push({ fn: fns[fn], startMs, endMs, exit, task: model.spans.taskAt(place) });
  });
  return {
    tasks,
    spans: spans.map((span) => JSON.stringify(span)).toSorted(),
    troubles: model.troubles.values,
    logs: model.logs.count,
    functions: model.functionList.map(({ name, done, failed }) => ({ name, done, failed })).toSorted(byName),
    missedEvents: model.missedEvents,
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => a.name.localeCompare(b.name);

/** Takes how the cluster stood at the end, and the events after `since`, as a page does that comes back. */
export function cameBack(model: ClusterModel, { told, events }: Recording, since: number): ClusterModel {
  const nowMs = told.stands.timeMs;
  reduce(model, { type: "snapshot", snapshot: told.stands, since, nowMs });
  reduce(model, { type: "events", events: events.filter(({ seq }) => seq > since), nowMs });
  return model;
}

/** What of the recording's known end the model does not show. */
export function wrongIn(model: ClusterModel, { told }: Recording): readonly string[] {
  const wrong = told.jobs.flatMap(({ name, returned, ended }) => {
    const counters = [...model.jobs.values()].find((job) => job.name === name)?.counters;
    const shown = counters && {
      returned: counters.done,
      ended: counters.done + counters.failed + counters.cancelled + counters.lost,
    };
    return shown?.returned === returned && shown.ended === ended
      ? []
      : [`${name}: ${JSON.stringify(shown)} in place of ${returned} of ${ended}`];
  });
  const nodes = told.stands.nodes.map(({ name }) => name).toSorted();
  const shown = [...model.nodes.values()].filter(({ state }) => state === "ready").map(({ info }) => info.name);
  if (nodes.join() !== shown.toSorted().join()) wrong.push(`nodes: ${shown.join()} in place of ${nodes.join()}`);
  const intake = told.stands.intake === "paused";
  if (model.intakePaused !== intake) wrong.push(`the intake is shown as ${model.intakePaused ? "paused" : "open"}`);
  return wrong;
}
