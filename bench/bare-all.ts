/** All bare mechanisms at once, to be shown beside ours in the same rounds. */
import { BARE_KINDS, BARE_NAMES, type BareKind } from "./bare-links.ts";
import type { Side } from "./harness.ts";

export interface BareSides {
  /** The one that ours is measured against: what it stands on. */
  readonly peer: Side;
  readonly peerName: string;
  readonly others: Readonly<Record<string, Side>>;
  close(): Promise<void>;
}

/** Starts each kind and makes a side of it with `sideOf`. */
export async function bareSides<T extends { close(): Promise<void> }>(
  startBare: (kind: BareKind) => Promise<T>,
  sideOf: (started: T) => Side,
): Promise<BareSides> {
  const started = new Map<BareKind, T>();
  for (const kind of BARE_KINDS) started.set(kind, await startBare(kind));
  const side = (kind: BareKind): Side => {
    const one = started.get(kind);
    if (one === undefined) throw new Error(`${kind} was not started`);
    return sideOf(one);
  };
  const others = BARE_KINDS.filter((kind) => kind !== "noise");
  return {
    peer: side("noise"),
    peerName: BARE_NAMES.noise,
    others: Object.fromEntries(others.map((kind) => [BARE_NAMES[kind], side(kind)])),
    close: async () => {
      for (const one of started.values()) await one.close();
    },
  };
}
