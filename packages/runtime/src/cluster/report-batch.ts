/** The events of a job's next report, up to a number and a size: of a task whose start was told, the end is told too. */
import { EVENT_LIMIT_BYTES, NOTE_BYTES, REPORT_EVENTS_LIMIT, REPORT_TASKS_LIMIT } from "../defaults.ts";
import { type TaskId } from "../ids.ts";
import { type ClusterEventBody } from "./events.ts";
import { isFailure } from "./last-failures.ts";

interface Owed {
  readonly event: ClusterEventBody;
  readonly bytes: number;
}

export class ReportBatch {
  #events: ClusterEventBody[] = [];
  #room = new Room();
  /** Room of their own for ends and failed attempts: told also when the other is used up. */
  #roomOfEnds = new Room();
  /** Tasks that were told as waiting or running, and whose end was not taken yet. */
  readonly #open = new Set<TaskId>();
  /** Ends for a later report; at most one for each task that was told. */
  #owed: Owed[] = [];

  get owes(): boolean {
    return this.#owed.length > 0;
  }

  /** @returns false when it is not told */
  add(event: ClusterEventBody, bytes: number): boolean {
    switch (event.type) {
      case "task.created":
      case "task.started":
        // Ends that are owed go before what begins.
        return !this.owes && this.#begins(event.task, event, bytes, false);
      case "task.retried":
        return this.#begins(event.task, event, bytes, true);
      case "task.exited": {
        const known = this.#open.delete(event.task);
        if (this.#take(event, bytes, known || isFailure(event))) return true;
        const later = known && bytes <= EVENT_LIMIT_BYTES;
        if (later) this.#owed.push({ event, bytes });
        return later;
      }
      default:
        return this.#take(event, bytes, false);
    }
  }

  /** What goes into this report. */
  take(): readonly ClusterEventBody[] {
    const events = this.#events;
    this.#empty();
    let taken = 0;
    while (taken < this.#owed.length) {
      const owed = this.#owed[taken];
      if (owed === undefined || !this.#take(owed.event, owed.bytes, true)) break;
      taken += 1;
    }
    this.#owed = this.#owed.slice(taken);
    return events;
  }

  /** Nobody watches any more. */
  forget(): void {
    this.#empty();
    this.#open.clear();
    this.#owed = [];
  }

  #empty(): void {
    this.#events = [];
    this.#room = new Room();
    this.#roomOfEnds = new Room();
  }

  #begins(task: TaskId, event: ClusterEventBody, bytes: number, ends: boolean): boolean {
    const known = this.#open.has(task);
    if ((!known && this.#open.size >= REPORT_TASKS_LIMIT) || !this.#take(event, bytes, ends)) return false;
    this.#open.add(task);
    return true;
  }

  #take(event: ClusterEventBody, bytes: number, isEnd: boolean): boolean {
    if (bytes > EVENT_LIMIT_BYTES) return false;
    if (!this.#room.take(bytes) && !(isEnd && this.#roomOfEnds.take(bytes))) return false;
    this.#events.push(event);
    return true;
  }
}

class Room {
  #count = 0;
  #bytes = 0;

  take(bytes: number): boolean {
    if (this.#count >= REPORT_EVENTS_LIMIT || this.#bytes + bytes > NOTE_BYTES) return false;
    this.#count += 1;
    this.#bytes += bytes;
    return true;
  }
}
