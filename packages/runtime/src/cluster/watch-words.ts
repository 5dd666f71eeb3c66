/** What those who watch a cluster, its scheduler and its places say to each other, and the schemas of it. */
import * as z from "valibot";
import { object } from "../wire/parse.ts";
import { type Endpoint } from "../contracts/endpoint.ts";
import { TOPICS_LIMIT } from "../defaults.ts";
import { isTaskId } from "../ids.ts";
import { type ClusterEvent, type Cursor } from "./events.ts";
import { type Observed, type Topic } from "./observed.ts";
import { count, endpoint, list, parser, type Schema, text } from "./schema-parts.ts";

/** `scheduler.subscribe`, answered with a ClusterSnapshot; events follow as notes named `push`. */
export interface Subscribe {
  readonly push: string;
  readonly since?: Cursor;
  /** What it looks at beside the events. Default: nothing. */
  readonly topics?: readonly Topic[];
}

/** `scheduler.unsubscribe`. */
interface Unsubscribe {
  readonly push: string;
}

/** What a subscriber is pushed. */
export interface EventBatch {
  readonly events: readonly ClusterEvent[];
  /** How places stand, of topics it looks at. */
  readonly observed?: readonly Observed[];
}

/** `place.topics`, by the scheduler to a peer: say these from now on, in place of those before; and by a node to its servers. */
export interface PlaceTopics {
  readonly topics: readonly Topic[];
  /** What was said before counts no more: all is to be said again. */
  readonly fresh?: boolean;
  /** Whom to tell. Absent: who says this. */
  readonly to?: Endpoint;
}

/** `scheduler.topics`, by a subscriber: what it looks at from now on. */
interface WatchTopics {
  readonly push: string;
  readonly topics: readonly Topic[];
}

const PLAIN: ReadonlySet<string> = new Set(["links", "channels", "supervision", "code"]);
const LOGS: ReadonlySet<string> = new Set(["logs:debug", "logs:info", "logs:warn", "logs:error"]);

const isTopic = (value: unknown): value is Topic =>
  typeof value === "string" &&
  (PLAIN.has(value) || LOGS.has(value) || (value.startsWith("task:") && isTaskId(value.slice("task:".length))));

const topic: Schema<Topic> = z.custom<Topic>(isTopic);
/** What one watcher looks at. */
const topics: Schema<Topic[]> = z.custom<Topic[]>(
  (value) => Array.isArray(value) && value.length <= TOPICS_LIMIT && value.every(isTopic),
);

export const parsePlaceTopics: (args: unknown) => PlaceTopics = parser<PlaceTopics>(
  object({ topics: list(topic), fresh: z.exactOptional(z.boolean()), to: z.exactOptional(endpoint) }),
);
export const parseWatchTopics: (args: unknown) => WatchTopics = parser<WatchTopics>(object({ push: text, topics }));

/** Its frame is checked; what it says is shown, never acted on. */
const observed: Schema<Observed> = z.custom<Observed>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "topic" in value &&
    isTopic(value.topic) &&
    "at" in value &&
    z.is(endpoint, value.at),
);
export const parseObserved: (args: unknown) => Observed = parser(observed);

const cursor: Schema<Cursor> = object({ epoch: count, seq: count });
/** Shown too: its frame is checked, and what it says is the scheduler's word. */
const event: Schema<ClusterEvent> = z.custom<ClusterEvent>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "seq" in value &&
    typeof value.seq === "number",
);

export const parseSubscribe: (args: unknown) => Subscribe = parser<Subscribe>(
  object({ push: text, since: z.exactOptional(cursor), topics: z.exactOptional(topics) }),
);
export const parseUnsubscribe: (args: unknown) => Unsubscribe = parser<Unsubscribe>(object({ push: text }));
export const parseEventBatch: (args: unknown) => EventBatch = parser<EventBatch>(
  object({ events: list(event), observed: z.exactOptional(list(observed)) }),
);
