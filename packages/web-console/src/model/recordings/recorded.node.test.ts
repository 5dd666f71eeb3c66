/** The model against recordings of real clusters, which the gate `console-recordings` makes anew. */
import { readdirSync, readFileSync } from "node:fs";
import type { ClusterEvent, PeerId } from "@skein/runtime";
import { silentLogger } from "@skein/runtime";
import { describe, expect, test } from "vitest";
import { ClusterLog } from "../../../../runtime/src/cluster/cluster-log.ts";
import { Watchers } from "../../../../runtime/src/cluster/watchers.ts";
import { installHostPlatform } from "../../../../runtime/src/testing/host-platform.ts";
import { type ClusterModel, createModel } from "../cluster-model.ts";
import { reduce } from "../reduce.ts";
import {
  cameBack,
  pastOf,
  readRecording,
  type Recording,
  replayed,
  type Standing,
  standingOf,
  wrongIn,
} from "./recorded.ts";

const here = new URL("./", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, here), "utf8");
const recordings = readdirSync(here)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name): readonly [string, Recording] => {
    const bare = name.slice(0, -".jsonl".length);
    return [bare, readRecording(read(name), read(`${bare}.told.json`))];
  });

/** A model with the recording's first snapshot. */
function begun({ lines }: Recording): ClusterModel {
  return replayed(lines.slice(0, 1));
}

function take(model: ClusterModel, events: readonly ClusterEvent[]): void {
  reduce(model, { type: "events", events, nowMs: events.at(-1)?.timeMs ?? 0 });
}

/** All of it, and then how the cluster stood. */
const whole = (recording: Recording): ClusterModel => {
  const model = begun(recording);
  take(model, recording.events);
  return cameBack(model, recording, model.seq);
};

/** Without what this model has not heard: how some jobs ended, which nodes were lost. */
function withHeardEnds(model: ClusterModel, standing: Standing): Standing {
  return {
    ...standing,
    nodes: standing.nodes.filter(({ state }) => state !== "lost"),
    jobs: standing.jobs.filter(({ id }) => model.jobs.get(id)?.endHeard === true),
  };
}

test("there are recordings", () => {
  expect(recordings.length).toBeGreaterThanOrEqual(3);
});

describe.each(recordings)("%s", (_, recording) => {
  const { events, first } = recording;
  const last = events.at(-1)?.seq ?? 0;

  test("replayed, it shows what its programs and the scheduler said", () => {
    const model = replayed(recording.lines);
    expect(wrongIn(model, recording)).toEqual([]);
    expect([model.missedEvents, model.seq]).toEqual([0, last]);
  });

  test("the events of its end lead where the scheduler's own snapshot does", () => {
    const model = begun(recording);
    take(model, events);
    const followed = standingOf(model);
    expect(followed).toEqual(standingOf(cameBack(model, recording, model.seq)));
  });

  test("however its events are parted into batches, and whatever comes twice, the end is the same", () => {
    const [standing, past] = [standingOf(whole(recording)), pastOf(whole(recording))];
    for (const [size, again] of [
      [1, 0],
      [7, 0],
      [16, 5],
      [1000, 1000],
    ] as const) {
      const model = begun(recording);
      for (let at = 0; at < events.length; at += size) take(model, events.slice(Math.max(0, at - again), at + size));
      cameBack(model, recording, model.seq);
      expect([standingOf(model), pastOf(model)]).toEqual([standing, past]);
    }
  });

  test("who leaves after any event, and comes back by its cursor, shows what those who stayed show", () => {
    const [standing, past] = [standingOf(whole(recording)), pastOf(whole(recording))];
    for (let cut = 0; cut <= events.length; cut += 1) {
      const model = begun(recording);
      take(model, events.slice(0, cut));
      cameBack(model, recording, model.seq);
      expect([cut, standingOf(model), pastOf(model)]).toEqual([cut, standing, past]);
    }
  });

  test("where events are no longer kept, the gap is counted, nothing waits for ever, and the end is the cluster's", () => {
    const standing = standingOf(whole(recording));
    for (let cut = 0; cut < events.length; cut += 5) {
      const model = begun(recording);
      take(model, events.slice(0, cut));
      const from = model.seq + 1;
      const to = Math.min(last, from + 20);
      const { epoch, timeMs } = events.find(({ seq }) => seq === to) ?? first;
      take(model, [{ type: "gap", from, to, seq: to, epoch, timeMs }, ...events.filter(({ seq }) => seq > to)]);
      cameBack(model, recording, model.seq);
      expect([cut, model.missedEvents, model.tasks.open]).toEqual([cut, to - from + 1, 0]);
      expect(withHeardEnds(model, standingOf(model))).toEqual(withHeardEnds(model, standing));
    }
  });

  test("batches that change places do no lasting harm: what is older than what is known is left out", () => {
    const standing = standingOf(whole(recording));
    for (let cut = 0; cut + 10 < events.length; cut += 10) {
      const model = begun(recording);
      take(model, events.slice(0, cut));
      take(model, events.slice(cut + 5, cut + 10));
      take(model, events.slice(cut, cut + 5));
      take(model, events.slice(cut + 10));
      cameBack(model, recording, model.seq);
      expect(model.seq).toBe(last);
      expect(withHeardEnds(model, standingOf(model))).toEqual(withHeardEnds(model, standing));
    }
  });
});

/** A scheduler's log and its watchers, which push into models; who sleeps is no watcher. */
function watched(recording: Recording, kept: number) {
  const { first, events } = recording;
  const log = new ClusterLog(first.epoch, kept, () => 100);
  const models: ClusterModel[] = [];
  const at = (n: number) => ({ peer: `browser ${n}` as PeerId, server: 0 });
  const watchers = new Watchers({
    platform: installHostPlatform(),
    log,
    logger: silentLogger,
    notify: ({ peer }, _push, some) => {
      const model = models[Number(peer.split(" ")[1])];
      if (model !== undefined) take(model, some);
    },
    onWatched: () => {},
  });
  // Numbered as the recording is: what was before it nobody asks for.
  for (let seq = 0; seq < first.seq; seq += 1) log.push({ type: "cluster.resumed" }, undefined, first.timeMs);
  for (let n = 0; n < 5; n += 1) {
    models.push(begun(recording));
    watchers.add(at(n), "push", { type: "all" }, first.seq);
  }
  let told = 0;
  return {
    models,
    sleep: (n: number) => watchers.remove(at(n), "push"),
    /** As a page does: how it stands now comes first, then what was since. */
    wake: (n: number) => {
      const model = models[n] ?? createModel();
      if (told === events.length) {
        reduce(model, { type: "snapshot", snapshot: recording.told.stands, since: model.seq, nowMs: log.seq });
      }
      watchers.add(at(n), "push", { type: "all" }, model.seq);
      watchers.flush();
    },
    tell: (upTo: number) => {
      for (const { seq: _, epoch: __, timeMs, ...body } of events.slice(told, upTo)) log.push(body, undefined, timeMs);
      told = upTo;
      watchers.flush();
    },
    close: () => watchers.close(),
  };
}

describe.each(recordings)("five browsers of %s", (_, recording) => {
  const { events, told } = recording;
  const half = Math.floor(events.length / 2);

  test("show the same; one that slept catches up by its cursor, while all is kept", () => {
    const cluster = watched(recording, 20_000);
    cluster.tell(10);
    cluster.sleep(4);
    cluster.tell(half);
    cluster.tell(events.length);
    cluster.wake(4);
    for (const model of cluster.models) {
      reduce(model, { type: "snapshot", snapshot: told.stands, since: model.seq, nowMs: told.stands.timeMs });
    }
    const [stayed, , , , slept] = cluster.models;
    if (stayed === undefined || slept === undefined) throw new Error("there are five");
    for (const model of cluster.models) {
      expect([standingOf(model), pastOf(model), model.missedEvents]).toEqual([standingOf(stayed), pastOf(stayed), 0]);
    }
    cluster.close();
  });

  test("show the same end; one that slept longer than events are kept shows a gap", () => {
    const kept = 12;
    const cluster = watched(recording, kept);
    cluster.tell(10);
    cluster.sleep(4);
    for (let upTo = 10; upTo <= events.length; upTo += kept) cluster.tell(upTo);
    cluster.tell(events.length);
    cluster.wake(4);
    const [stayed, , , , slept] = cluster.models;
    if (stayed === undefined || slept === undefined) throw new Error("there are five");
    reduce(stayed, { type: "snapshot", snapshot: told.stands, since: stayed.seq, nowMs: told.stands.timeMs });
    expect([stayed.missedEvents, slept.missedEvents]).toEqual([0, events.length - 10 - kept]);
    expect(withHeardEnds(slept, standingOf(slept))).toEqual(withHeardEnds(slept, standingOf(stayed)));
    expect(slept.tasks.open).toBe(0);
    cluster.close();
  });
});
