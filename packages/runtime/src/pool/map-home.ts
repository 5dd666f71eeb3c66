/** What a map through a pool asks of its pool. */
import type { Engine } from "../task/engine.ts";
import type { PoolMap } from "./pool-map.ts";
import type { PoolWork, Portion } from "./portion.ts";

export interface MapHome {
  readonly engine: Engine;
  offer(work: PoolWork): void;
  /** Nobody wants what is left of these. */
  withdraw(portion: Portion): void;
  /** Somebody reads it: it is under way. */
  read(map: PoolMap): void;
  /** It has ended, however. */
  over(map: PoolMap): void;
}
