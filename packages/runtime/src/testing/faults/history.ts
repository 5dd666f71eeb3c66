/** What happened to messages, calls, monitors and names in a run, as the programs in it saw it. */
import type { PeerEvent } from "../../peer/events.ts";

/** One life of a peer's process: `name:number`. */
export type Life = string;

/** One thing that a program did or saw, at a virtual time. */
export type HistoryEvent = { readonly atMs: number } &
  /** `peer` is its PeerId: another one after its disk was lost. */
  (
    | { readonly type: "started"; readonly life: Life; readonly peer: string }
    /** From here on something is wrong, or has been. */
    | { readonly type: "fault"; readonly kind: string }
    /** A fault: the process ended without a word. */
    | { readonly type: "crashed"; readonly life: Life }
    | { readonly type: "frozen" | "thawed"; readonly life: Life }
    /** What a life was told about another peer, by its PeerId. */
    | { readonly type: "peer"; readonly life: Life; readonly about: string; readonly event: PeerEvent["type"] }
    /** A task that takes messages; `sink` is the task's id. */
    | { readonly type: "sink"; readonly life: Life; readonly sink: string }
    /** Number `n` of a stream left by `send`. Streams are of one task to one peer's sinks, numbered upwards. */
    | { readonly type: "sent"; readonly life: Life; readonly stream: string; readonly n: number; readonly sink: string }
    /** A `deliver` has begun; `ok` or `failed` follows. */
    | {
        readonly type: "delivering";
        readonly life: Life;
        readonly stream: string;
        readonly n: number;
        readonly sink: string;
      }
    | { readonly type: "delivered"; readonly stream: string; readonly n: number }
    | { readonly type: "undelivered"; readonly stream: string; readonly n: number; readonly code: string }
    | { readonly type: "received"; readonly sink: string; readonly stream: string; readonly n: number }
    /** A call's stream of results gave this one. */
    | { readonly type: "emitted"; readonly call: string; readonly n: number }
    /** A stream of results has ended, which by then should have given so many; or it failed. */
    | { readonly type: "streamed"; readonly call: string; readonly count: number; readonly code?: string }
    /** A task was subscribed to a channel, and got a value of it. */
    | { readonly type: "heard"; readonly channel: string; readonly reader: string; readonly n: number }
    /** A run of a job has begun; it gives what it should, something else, or an error. */
    | { readonly type: "run"; readonly life: Life; readonly run: string }
    | { readonly type: "ran"; readonly run: string; readonly right?: boolean; readonly code?: string }
    /** A task to be watched. */
    | { readonly type: "worker"; readonly life: Life; readonly worker: string }
    | { readonly type: "worker ended"; readonly worker: string; readonly how: string }
    | {
        readonly type: "monitored";
        readonly life: Life;
        readonly monitor: string;
        readonly worker: string;
      }
    | { readonly type: "notice"; readonly monitor: string; readonly how: string; readonly code?: string }
    | { readonly type: "calling"; readonly life: Life; readonly call: string; readonly timeoutMs: number }
    | { readonly type: "executed"; readonly call: string }
    | { readonly type: "answered"; readonly call: string; readonly code?: string }
    /** A name was looked for; it led to a task of that id, or to an error. */
    | {
        readonly type: "located";
        readonly life: Life;
        readonly begunMs: number;
        readonly sink?: string;
        readonly code?: string;
      }
    /** After the last fault, and some quiet, everybody tried to reach everybody. */
    | { readonly type: "reached"; readonly life: Life; readonly peer: string }
    | { readonly type: "unreached"; readonly life: Life; readonly peer: string; readonly code: string }
    | { readonly type: "healed" }
  );

export const nameOf = (life: Life): string => life.slice(0, life.lastIndexOf(":"));

/** Something that must not happen did. */
export interface Violation {
  readonly rule:
    | "order"
    | "once"
    | "lost silently"
    | "acknowledged"
    | "withdrawn"
    | "notice"
    | "call"
    | "stream"
    | "run"
    | "name"
    | "events"
    | "healing";
  readonly atMs: number;
  readonly text: string;
}
