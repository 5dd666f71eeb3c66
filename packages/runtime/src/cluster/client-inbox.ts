/** What a client is told by the scheduler, by servers and nodes: handed on to its jobs. */
import { type Location } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { type JobId } from "../ids.ts";
import { parseWeigh } from "./act-schemas.ts";
import { handleClientActs } from "./client-acts.ts";
import { type CodeShipper } from "./code-shipper.ts";
import { type ClientJob } from "./client-job.ts";
import {
  parseCodeHas,
  parseGranted,
  parseHappened,
  parseLeaseLost,
  parseNews,
  parsePrinted,
  parseReplaced,
  parseReclaim,
  parseRevoked,
  parseSteerJob,
  parseUnparked,
  parseWatched,
} from "./schemas.ts";
import { parseLeave } from "./setup-words.ts";

export interface ClientInboxOptions {
  readonly procedures: Procedures;
  /** The client's own name at its peer. */
  readonly inbox: string;
  readonly scheduler: Location;
  readonly jobs: ReadonlyMap<JobId, ClientJob>;
  readonly shipper: CodeShipper;
}

/** Takes the notes and calls that are named after the client; disposing of all that is given ends that. */
export function handleInbox({
  procedures,
  inbox,
  scheduler,
  jobs,
  shipper,
}: ClientInboxOptions): readonly Disposable[] {
  /** Notes of the scheduler are taken from it alone. */
  const ofScheduler =
    <T>(take: (words: T) => void) =>
    (words: T, { endpoint }: Caller): void => {
      if (endpoint.peer === scheduler.peer && endpoint.server === 0) take(words);
    };
  return [
    procedures.handle(
      `${inbox}.granted`,
      { parse: parseGranted },
      ofScheduler((granted) => jobs.get(granted.job)?.granted(granted)),
    ),
    procedures.handle(
      `${inbox}.reclaim`,
      { parse: parseReclaim },
      ofScheduler((words) => jobs.get(words.job)?.reclaimed(words)),
    ),
    procedures.handle(
      `${inbox}.steer`,
      { parse: parseSteerJob },
      ofScheduler(({ job, verb, graceMs }) => jobs.get(job)?.steering.steered(verb, graceMs)),
    ),
    procedures.handle(
      `${inbox}.revoked`,
      { parse: parseRevoked },
      ofScheduler(({ job }) => jobs.get(job)?.revoked()),
    ),
    procedures.handle(
      `${inbox}.lost`,
      { parse: parseLeaseLost },
      ofScheduler(({ job, lease, error }) => jobs.get(job)?.leaseLost(lease, error)),
    ),
    procedures.handle(
      `${inbox}.replaced`,
      { parse: parseReplaced },
      ofScheduler(({ job, server }) => jobs.get(job)?.serverReplaced(server)),
    ),
    procedures.handle(
      `${inbox}.watched`,
      { parse: parseWatched },
      ofScheduler(({ on }) => {
        for (const job of jobs.values()) job.reports.watched = on;
      }),
    ),
    procedures.handle(
      `${inbox}.event`,
      { parse: parseHappened },
      ofScheduler(({ event }) => {
        const own = "job" in event && typeof event.job === "object" ? event.job.id : undefined;
        for (const job of jobs.values()) if ((own ?? job.id) === job.id) job.happened(event);
      }),
    ),
    ...handleClientActs({ procedures, inbox, scheduler, jobs }),
    procedures.handle(
      `${inbox}.weight`,
      { parse: parseWeigh },
      ofScheduler(({ job, weight }) => jobs.get(job)?.weighed(weight)),
    ),
    procedures.handle(`${inbox}.leave`, { parse: parseLeave }, (words, { endpoint }) =>
      jobs.get(words.job)?.leaving.leave(words, endpoint),
    ),
    procedures.handle(`${inbox}.news`, { parse: parseNews, partly: true }, (news, { endpoint }) =>
      jobs.get(news.job)?.news(news, endpoint),
    ),
    procedures.handle(`${inbox}.output`, { parse: parsePrinted }, (printed, { endpoint }) =>
      jobs.get(printed.job)?.output.printed(printed, endpoint),
    ),
    procedures.handle(`${inbox}.code`, { parse: parseCodeHas }, async ({ digest }, { endpoint }) => {
      if (endpoint.server === 0) await shipper.again(endpoint.peer, digest);
    }),
    procedures.handle(`${inbox}.unparked`, { parse: parseUnparked }, (words, { endpoint }) =>
      jobs.get(words.job)?.output.unparked(words, endpoint),
    ),
    procedures.onLost((matches, error) => {
      shipper.forget(matches);
      for (const job of jobs.values()) job.networkLost(matches, error);
    }),
  ];
}
