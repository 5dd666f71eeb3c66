/** Rules for messages: in order, at most once, none lost silently; what was acknowledged has arrived. */
import type { HistoryEvent, Life, Violation } from "./history.ts";
import { eitherLost, type Timeline } from "./timeline.ts";

interface Message {
  readonly stream: string;
  readonly n: number;
  readonly life: Life;
  readonly sink: string;
  readonly sentMs: number;
  readonly way: "send" | "deliver";
  acknowledgedMs: number | undefined;
  failed: string | undefined;
  receivedMs: number | undefined;
}

/** Codes with which a `deliver` says that the message has not left, or came too late for its task. */
const NOT_THERE: ReadonlySet<string> = new Set(["TIMEOUT", "PEER_LOST", "PEER_UNREACHABLE", "TASK_UNKNOWN"]);

export function checkMessages(history: readonly HistoryEvent[], timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  const messages = new Map<string, Message>();
  const lastAt = new Map<string, number>();
  for (const event of history) {
    if (event.type === "sent" || event.type === "delivering") {
      const { stream, n, life, sink, atMs } = event;
      const way = event.type === "sent" ? "send" : "deliver";
      const rest = { acknowledgedMs: undefined, failed: undefined, receivedMs: undefined };
      messages.set(`${stream} ${n}`, { stream, n, life, sink, sentMs: atMs, way, ...rest });
    }
    if (event.type !== "delivered" && event.type !== "undelivered" && event.type !== "received") continue;
    const message = messages.get(`${event.stream} ${event.n}`);
    if (message === undefined) {
      violations.push({ rule: "once", atMs: event.atMs, text: `${event.stream} #${event.n} was never sent` });
    } else if (event.type === "delivered") message.acknowledgedMs = event.atMs;
    else if (event.type === "undelivered") message.failed = event.code;
    else violations.push(...receive(message, event.sink, event.atMs, lastAt));
  }
  for (const message of messages.values()) violations.push(...judge(message, messages, timeline));
  return violations;
}

function receive(message: Message, sink: string, atMs: number, lastAt: Map<string, number>): Violation[] {
  const { stream, n } = message;
  const violations: Violation[] = [];
  if (sink !== message.sink) {
    violations.push({ rule: "once", atMs, text: `${stream} #${n} came to another task than it was sent to` });
  }
  if (message.receivedMs !== undefined) {
    violations.push({ rule: "once", atMs, text: `${stream} #${n} came twice` });
    return violations;
  }
  message.receivedMs = atMs;
  const last = lastAt.get(`${stream} ${sink}`) ?? 0;
  if (n < last) violations.push({ rule: "order", atMs, text: `${stream} #${n} came after #${last}` });
  lastAt.set(`${stream} ${sink}`, Math.max(n, last));
  return violations;
}

function judge(message: Message, messages: ReadonlyMap<string, Message>, timeline: Timeline): Violation[] {
  const { stream, n, receivedMs, acknowledgedMs, failed, sentMs, way } = message;
  if (way === "deliver" && acknowledgedMs === undefined && failed === undefined && isPending(message, timeline)) {
    return [{ rule: "call", atMs: sentMs, text: `${stream} #${n} is being delivered for ever` }];
  }
  if (receivedMs !== undefined) {
    if (failed === undefined || !NOT_THERE.has(failed)) return [];
    const text = `${stream} #${n} was said not to have left (${failed}), and came at ${receivedMs.toFixed(0)} ms`;
    return [{ rule: "withdrawn", atMs: sentMs, text }];
  }
  const receiver = timeline.lifeOf(message.sink);
  if (receiver === undefined || !timeline.survives(receiver)) return [];
  if (acknowledgedMs !== undefined) {
    return [{ rule: "acknowledged", atMs: acknowledgedMs, text: `${stream} #${n} was acknowledged and never came` }];
  }
  // A deliver that failed has said so.
  if (way === "deliver") return [];
  return excused(message, receiver, messages, timeline)
    ? []
    : [{ rule: "lost silently", atMs: sentMs, text: `${stream} #${n} never came, and nobody was told of a loss` }];
}

/** Whether a delivery waits though both sides are there, long after the last fault. */
function isPending({ life, sink, sentMs }: Message, timeline: Timeline): boolean {
  const receiver = timeline.lifeOf(sink);
  const both = receiver !== undefined && timeline.survives(receiver) && timeline.survives(life);
  return both && sentMs + PENDING_MS < timeline.endMs;
}

/** Longest time of a delivery between two that are there and connected. */
const PENDING_MS = 60_000;

/** A message may be gone when the session that carried it was lost, or there was none, or its sender crashed. */
function excused(
  message: Message,
  receiver: Life,
  messages: ReadonlyMap<string, Message>,
  timeline: Timeline,
): boolean {
  const { life, sentMs, stream, n, sink } = message;
  if (!timeline.survives(life)) return true;
  if (!timeline.isConnected(life, receiver, sentMs)) return true;
  // What came after it shows by when it should have come.
  let untilMs = timeline.endMs;
  for (let next = n + 1; ; next += 1) {
    const later = messages.get(`${stream} ${next}`);
    if (later === undefined) break;
    if (later.sink !== sink || later.receivedMs === undefined) continue;
    untilMs = later.receivedMs;
    break;
  }
  return eitherLost(timeline, life, receiver, sentMs, untilMs);
}

/** What a channel's reader gets comes in order, and once. */
export function checkChannels(history: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const lastAt = new Map<string, number>();
  for (const event of history) {
    if (event.type !== "heard") continue;
    const { channel, reader, n, atMs } = event;
    const key = `${channel} ${reader}`;
    const last = lastAt.get(key) ?? 0;
    if (n === last) violations.push({ rule: "once", atMs, text: `${channel} #${n} came twice to ${reader}` });
    if (n < last) violations.push({ rule: "order", atMs, text: `${channel} #${n} came to ${reader} after #${last}` });
    lastAt.set(key, Math.max(n, last));
  }
  return violations;
}

/** A stream of results gives all that was emitted, in order, before it ends well. */
export function checkStreams(history: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  for (const event of history) {
    if (event.type === "emitted") {
      const { call, n, atMs } = event;
      const last = counts.get(call) ?? 0;
      if (n !== last + 1) violations.push({ rule: "stream", atMs, text: `call ${call} gave #${n} after #${last}` });
      counts.set(call, n);
    }
    if (event.type !== "streamed" || event.code !== undefined) continue;
    const given = counts.get(event.call) ?? 0;
    if (given === event.count) continue;
    const text = `call ${event.call} ended after ${given} of ${event.count}`;
    violations.push({ rule: "stream", atMs: event.atMs, text });
  }
  return violations;
}
