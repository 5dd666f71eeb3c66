/** The daily hours of a node, by the clock on the wall: when it works, takes nothing new, and is closed. Pure. */
import { SkeinError } from "@skein/runtime";
import type { Config } from "./config.ts";

/** `stopping`: what runs may end, and nothing new is taken. */
export type ServicePhase = "open" | "stopping" | "closed";

/** Minutes of a day, from its start of service. */
export interface ServiceHours {
  /** The start, in minutes after midnight. */
  readonly start: number;
  /** Minutes after the start from which on nothing new is taken. */
  readonly stop: number;
  /** Minutes after the start from which on nothing runs; absent: what runs may end. */
  readonly end?: number;
}

const DAY_MINUTES = 24 * 60;

/**
 * The hours that a configuration gives, if any. Without a start they begin now, each day.
 *
 * @throws {SkeinError} `OPTION_INVALID` for a start without a stop or end, and for times in another order than start, stop, end
 */
export function serviceHours(
  { serviceStart, serviceStop, serviceEnd }: Pick<Config, "serviceStart" | "serviceStop" | "serviceEnd">,
  now: Date,
): ServiceHours | undefined {
  if (serviceStart === undefined && serviceStop === undefined && serviceEnd === undefined) return undefined;
  const first = serviceStop ?? serviceEnd;
  if (first === undefined) throw wrong("--service-start says when work begins, and nothing says when it ends");
  const start = serviceStart === undefined ? minuteOf(now) : minutes(serviceStart);
  const stop = after(start, minutes(first));
  if (stop === 0) throw wrong("service begins and stops at the same time");
  if (serviceEnd === undefined) return { start, stop };
  // An end at the start's time is a whole day after it.
  const end = after(start, minutes(serviceEnd)) || DAY_MINUTES;
  if (end < stop) throw wrong("service ends before it stops");
  return { start, stop, end };
}

/** Which of the phases it is. */
export function phaseAt({ start, stop, end }: ServiceHours, now: Date): ServicePhase {
  const minute = after(start, minuteOf(now));
  if (minute < stop) return "open";
  return end !== undefined && minute >= end ? "closed" : "stopping";
}

const minuteOf = (time: Date): number => time.getHours() * 60 + time.getMinutes();

/** Minutes from one time of day to the next time it is the other. */
const after = (start: number, minute: number): number => (minute - start + DAY_MINUTES) % DAY_MINUTES;

function minutes(text: string): number {
  const [hours, rest] = text.split(":");
  return Number(hours) * 60 + Number(rest);
}

const wrong = (message: string): SkeinError =>
  new SkeinError("OPTION_INVALID", message, {
    hint: "for example --service-start 20:00 --service-stop 06:00 --service-end 07:00 (local time, overnight too)",
  });
