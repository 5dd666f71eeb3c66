/** What the parts of one life of a peer share: who it is, and the record of what it does and sees. */
import type { TaskRef } from "../../task/task-ref.ts";
import type { Channel } from "../../message/channel.ts";
import type { Service } from "../../message/service.ts";
import type { Exit } from "../../contracts/exit.ts";
import { errorFrom, isSkeinError } from "../../errors.ts";
import type { PeerHost } from "../../peer/peer-host.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { HistoryEvent, Life } from "./history.ts";

/** Leaves `atMs` to the recorder; distributes over the kinds of events. */
export type Recorded<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, "atMs"> : never;

/** One message of a stream; some are large. */
export interface Note {
  readonly stream: string;
  readonly n: number;
  readonly body?: Uint8Array;
}

export interface Notice {
  readonly monitor: string;
  readonly exit: Exit<unknown>;
}

export interface News {
  readonly channel: string;
  readonly n: number;
}

/** What each peer registers, by kind and name. */
export interface Offers {
  readonly sink: TaskRef<Note>;
  readonly news: Channel<News>;
  readonly echo: Service<[call: string, ms: number], string>;
  readonly work: Service<[call: string, ms: number, fails: boolean], TaskRef>;
  readonly count: Service<[call: string, to: number], number, number>;
}

export interface LifeParts {
  readonly life: Life;
  readonly name: string;
  readonly peer: PeerHost;
  readonly plan: Pick<FaultPlan, "paceMs" | "large">;
  record(event: Recorded): void;
  /** Nobody begins anything new. */
  calm(): boolean;
}

export const nowMs = ({ peer }: LifeParts): number => peer.platform.now();
export const random = ({ peer }: LifeParts): number => peer.platform.random();
/** 0 to `below` − 1. */
export const pickBelow = (parts: LifeParts, below: number): number => Math.floor(random(parts) * below);

export function codeOf(thrown: unknown): string {
  const error = errorFrom(thrown);
  return isSkeinError(error) ? error.code : error.name;
}
