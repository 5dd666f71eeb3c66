/** Whose jobs a caller may act on: operators on all, clients on those they opened. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Caller } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import { type JobRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";

/** @throws {SkeinError} `ROLE_FORBIDS` */
export function mayActOn(job: JobRecord, caller: Caller): void {
  if (!isOperator(caller) && !isOf(job.client, caller)) throw forbidden("an operator, or the job's own client");
}

/** The clients, by their keys, for whom the caller may act. */
export function clientsFor(state: SchedulerState, caller: Caller): readonly string[] {
  const clients = [...state.jobsOf.keys()];
  return isOperator(caller) ? clients : clients.filter((client) => isOf(client, caller));
}

export const isOperator = ({ roles }: Caller): boolean => roles.includes("operator");

export function forbidden(who: string): SkeinError {
  return new SkeinError("ROLE_FORBIDS", `only ${who} may do that`, { hint: "join with an invite for that role" });
}

const isOf = (client: string, { endpoint }: Caller): boolean => client.startsWith(`${endpointKey(endpoint)}/`);
