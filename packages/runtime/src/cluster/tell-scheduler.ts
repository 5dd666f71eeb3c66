/** Tells peers that look for a scheduler where it is: asked of schedulers, and of nodes that know theirs. */
import type { Location } from "../contracts/endpoint.ts";
import type { Procedures } from "../contracts/procedures.ts";

export const SCHEDULER_WHERE = "scheduler.where";

/** Any member may ask: whoever does connects there itself, and checks the role. */
export function tellScheduler(procedures: Procedures, scheduler: () => Location): Disposable {
  return procedures.handle(SCHEDULER_WHERE, { parse: () => undefined }, () => scheduler());
}
