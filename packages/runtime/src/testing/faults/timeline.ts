/** A history, put in order for the rules: lives, what they knew of others and when, who was frozen. */
import type { HistoryEvent, Life } from "./history.ts";

type PeerStep = { readonly atMs: number; readonly event: string };

export class Timeline {
  readonly #crashedMs = new Map<Life, number>();
  readonly #views = new Map<string, PeerStep[]>();
  readonly #frozen = new Map<Life, { readonly fromMs: number; toMs: number }[]>();
  readonly #sinks = new Map<string, Life>();
  readonly #ids = new Map<Life, string>();
  readonly lives: Life[] = [];
  endMs = 0;

  constructor(history: readonly HistoryEvent[]) {
    for (const event of history) this.#take(event);
  }

  /** When a life ended; `Infinity` when it did not. */
  crashedMs(life: Life): number {
    return this.#crashedMs.get(life) ?? Infinity;
  }

  survives(life: Life): boolean {
    return !this.#crashedMs.has(life);
  }

  /** The life that a sink belongs to. */
  lifeOf(sink: string): Life | undefined {
    return this.#sinks.get(sink);
  }

  /** What a life was told about the peer of another life, in order. */
  view(life: Life, other: Life): readonly PeerStep[] {
    return this.#views.get(`${life} ${this.#ids.get(other)}`) ?? [];
  }

  views(): Iterable<readonly [key: string, steps: readonly PeerStep[]]> {
    return this.#views;
  }

  /** Whether a life had a session with the peer of another at that time, as far as it knew. */
  isConnected(life: Life, other: Life, atMs: number): boolean {
    let connected = false;
    for (const step of this.view(life, other)) {
      if (step.atMs > atMs) break;
      if (step.event === "connected") connected = true;
      if (step.event === "lost") connected = false;
    }
    return connected;
  }

  /** Whether a life was told in that time that the peer of another is lost. */
  lost(life: Life, other: Life, fromMs: number, toMs: number): boolean {
    return this.view(life, other).some(({ event, atMs }) => event === "lost" && atMs >= fromMs && atMs <= toMs);
  }

  /** How long a life stood still in that time. */
  frozenMs(life: Life, fromMs: number, toMs: number): number {
    let ms = 0;
    for (const span of this.#frozen.get(life) ?? []) {
      ms += Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs));
    }
    return ms;
  }

  #take(event: HistoryEvent): void {
    this.endMs = Math.max(this.endMs, event.atMs);
    switch (event.type) {
      case "started":
        this.lives.push(event.life);
        this.#ids.set(event.life, event.peer);
        return;
      case "crashed":
        this.#crashedMs.set(event.life, event.atMs);
        return;
      case "frozen":
        this.#spans(event.life).push({ fromMs: event.atMs, toMs: Infinity });
        return;
      case "thawed": {
        const last = this.#spans(event.life).at(-1);
        if (last !== undefined && last.toMs === Infinity) last.toMs = event.atMs;
        return;
      }
      case "sink":
        this.#sinks.set(event.sink, event.life);
        return;
      case "peer": {
        const key = `${event.life} ${event.about}`;
        const steps = this.#views.get(key) ?? [];
        steps.push({ atMs: event.atMs, event: event.event });
        this.#views.set(key, steps);
        return;
      }
      default:
    }
  }

  #spans(life: Life): { readonly fromMs: number; toMs: number }[] {
    const spans = this.#frozen.get(life) ?? [];
    this.#frozen.set(life, spans);
    return spans;
  }
}

/** Whether either side was told that it lost the other, in that time. */
export function eitherLost(timeline: Timeline, one: Life, other: Life, fromMs: number, toMs: number): boolean {
  return timeline.lost(one, other, fromMs, toMs) || timeline.lost(other, one, fromMs, toMs);
}
