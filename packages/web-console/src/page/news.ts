/** What a scheduler tells, in order: events that come before the snapshot they follow are held back for it. */
import type { ClusterEvent, ClusterSnapshot } from "@skein/runtime";
import type { Followed } from "./session.ts";

export class News {
  readonly #followed: Followed;
  #early: ClusterEvent[] | undefined = [];

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  take(events: readonly ClusterEvent[]): void {
    if (this.#early === undefined) this.#followed.events(events);
    else this.#early.push(...events);
  }

  begin(snapshot: ClusterSnapshot): void {
    this.#followed.snapshot(snapshot);
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.#followed.events(early);
  }
}
