/** What goes wrong in a schedule, and when: made of a seed alone. Pure. */

/** One fault, at a virtual time after the start, between peers `a` and `b` (by their places), for some time. */
export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  readonly a: number;
  readonly b: number;
  /** More for its kind, 0 ≤ x < 1. */
  readonly chance: number;
}

export const FAULT_KINDS = [
  "partition",
  "one-way",
  "cut",
  "half-cut",
  "crash",
  "freeze",
  "clock",
  "slow",
  "server",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultPlan {
  /** Peers, 2 to 5. */
  readonly peers: number;
  /** Virtual milliseconds in which things go wrong. */
  readonly busyMs: number;
  readonly latencyMs: readonly [number, number];
  readonly lossShare: number;
  /** What carries connections: with two kinds, sessions move from one to the other. */
  readonly transports: readonly string[];
  /** Whether some values are large, and go by bulk. */
  readonly large: boolean;
  /** Whether each peer keeps all others connected; else only the first one is kept, the others are dialled on demand. */
  readonly mesh: boolean;
  /** Whether the second peer is a node, the first its scheduler, and the last one a client with a job. */
  readonly job: boolean;
  /** Pause between two things that a peer does with another, on average. */
  readonly paceMs: number;
  readonly faults: readonly Fault[];
}

/** How long the last of them may go on. */
const LONGEST_FAULT_MS = 70_000;

/** The plan that `random` gives: numbers of a seed. */
export function faultPlan(random: () => number): FaultPlan {
  const peers = 2 + Math.floor(random() * 4);
  const slowest = pick(random, [1, 5, 30, 150]);
  const lossShare = random() < 0.3 ? random() * 0.3 : 0;
  // Some say something once a minute or so: what nobody used for so long is closed, and dialled again.
  const sparse = random() < 0.15;
  const busyMs = sparse ? 300_000 + Math.floor(random() * 300_000) : 5000 + Math.floor(random() * 30_000);
  const paceMs = sparse
    ? 25_000 + Math.floor(random() * 25_000)
    : pick(random, peers < 4 ? QUICK_MS : QUICK_MS.slice(1));
  const count = Math.floor(random() * 8);
  const faults = Array.from({ length: count }, () => fault(random, peers, busyMs)).toSorted((a, b) => a.atMs - b.atMs);
  return {
    peers,
    busyMs,
    latencyMs: [slowest / 10, slowest],
    lossShare,
    transports: random() < 0.5 ? ["tcp"] : ["ws", "tcp"],
    large: random() < 0.3,
    mesh: !sparse && random() < 0.7,
    job: random() < 0.25,
    paceMs,
    faults,
  };
}

/** Pauses between two things that a peer does with another. */
const QUICK_MS: readonly number[] = [100, 300, 1000];

function fault(random: () => number, peers: number, busyMs: number): Fault {
  const kind = pick(random, FAULT_KINDS);
  const a = Math.floor(random() * peers);
  const b = (a + 1 + Math.floor(random() * (peers - 1))) % peers;
  // As many short ones as long ones: below a heartbeat, below the linger, above it.
  const forMs = Math.floor(pick(random, [500, 4000, 20_000, LONGEST_FAULT_MS]) * (0.2 + 0.8 * random()));
  return { kind, atMs: Math.floor(random() * busyMs), forMs, a, b, chance: random() };
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new RangeError("nothing to pick from");
  return one;
}
