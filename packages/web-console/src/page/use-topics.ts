/** Looks at topics while a view is on the screen: what nobody looks at is not collected anywhere. */
import type { Observed, Topic } from "@skein/runtime";
import { useContext, useEffect } from "react";
import { StoreContext, useModel } from "../use-cluster.ts";

type Shown<T extends Topic> = Exclude<Extract<Observed, { readonly topic: T }>, { readonly gone: true }>;

/** What each place shows of `topic` now, in the order the places came. */
export function useTopic<T extends Topic>(topic: T): readonly Shown<T>[] {
  useTopics(topic);
  const places = useModel().observed.get(topic);
  // What is kept below a topic is of that topic, and "gone" is not kept.
  return places === undefined ? [] : ([...places.values()] as unknown as readonly Shown<T>[]);
}

/** Looks at all of `topics`, at most a few. */
export function useTopics(...topics: readonly Topic[]): void {
  const store = useContext(StoreContext);
  const key = topics.join(" ");
  useEffect(
    // Topics have no spaces in them, and were some before they were joined.
    () => (key === "" ? undefined : store?.look(key.split(" ") as Topic[])),
    [store, key],
  );
}
