/** Waits in the order they came; each can leave from the middle at no cost. */
import { Wait } from "../task/wait.ts";

/** A wait that stands in a {@link WaitQueue}. */
export abstract class QueuedWait<T> extends Wait<T> {
  nextQueued: QueuedWait<T> | undefined = undefined;
  previousQueued: QueuedWait<T> | undefined = undefined;
  queue: WaitQueue<T> | undefined = undefined;

  protected abandon(): void {
    this.queue?.remove(this);
  }
}

/** First come, first served. */
export class WaitQueue<T> {
  private first: QueuedWait<T> | undefined = undefined;
  private last: QueuedWait<T> | undefined = undefined;
  size = 0;

  push(wait: QueuedWait<T>): void {
    wait.queue = this;
    wait.previousQueued = this.last;
    if (this.last === undefined) this.first = wait;
    else this.last.nextQueued = wait;
    this.last = wait;
    this.size += 1;
  }

  shift(): QueuedWait<T> | undefined {
    const wait = this.first;
    if (wait !== undefined) this.remove(wait);
    return wait;
  }

  remove(wait: QueuedWait<T>): void {
    if (wait.queue !== this) return;
    const { nextQueued, previousQueued } = wait;
    if (previousQueued === undefined) this.first = nextQueued;
    else previousQueued.nextQueued = nextQueued;
    if (nextQueued === undefined) this.last = previousQueued;
    else nextQueued.previousQueued = previousQueued;
    wait.nextQueued = undefined;
    wait.previousQueued = undefined;
    wait.queue = undefined;
    this.size -= 1;
  }
}
