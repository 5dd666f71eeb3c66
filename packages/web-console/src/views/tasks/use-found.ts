/** The tasks that match, found again twice a second; not while people look at a place in the list. */
import { useCallback, useEffect, useState } from "react";
import { countPhases, findTasks, type TaskOrder } from "../../model/find-tasks.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { clusterNow } from "../../model/select.ts";
import { untoldTasks } from "../../model/untold.ts";

const AGAIN_MS = 500;

export interface Found {
  readonly slots: Int32Array;
  /** The number of the task that was meant in each slot: another one may have it by now. */
  readonly numbers: Float64Array;
  /** Of all tasks, by phase. */
  readonly phases: readonly number[];
  /** Tasks that this page had heard of. */
  readonly count: number;
  /** More of them than this page lists, by the counters of their jobs. */
  readonly untold: number;
}

/** `held`: the order stays as it is, until `again` is called or something else is asked for. */
export function useFound(
  model: ClusterModel,
  query: string,
  { column, down }: TaskOrder,
  held: boolean,
): readonly [found: Found, again: () => void] {
  const find = useCallback((): Found => {
    const slots = findTasks(model, query, { column, down }, clusterNow(model, Date.now()));
    return {
      slots,
      numbers: Float64Array.from(slots, (slot) => model.tasks.numberAt(slot)),
      phases: countPhases(model),
      count: model.tasks.count,
      untold: untoldTasks(model, query, slots.length) ?? 0,
    };
  }, [model, query, column, down]);
  const [found, setFound] = useState(find);
  const [asked, setAsked] = useState(() => find);
  if (asked !== find) {
    // Asked for something else: what is shown is never the answer to the question before.
    setAsked(() => find);
    setFound(find());
  }
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      if (held) setFound((before) => ({ ...before, phases: countPhases(model), count: before.count }));
      else setFound(find());
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [find, held, model]);
  return [found, () => setFound(find())];
}
