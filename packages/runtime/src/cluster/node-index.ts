/** Wants by the nodes that will do for them, so that what happens at a node is looked at for few of them only. Pure. */
import { type NodeId } from "../ids.ts";
import { allows } from "./scheduler-pick.ts";
import { type WantRecord } from "./scheduler-records.ts";

/** A want that names no more nodes than that is found by them; others are looked at whichever node it is. */
const FEW_NODES = 8;

interface Entry {
  /** In the order in which they came. */
  readonly turn: number;
  readonly nodes: readonly NodeId[] | undefined;
}

export class NodeIndex {
  readonly #entries = new Map<WantRecord, Entry>();
  readonly #wide = new Set<WantRecord>();
  readonly #at = new Map<NodeId, Set<WantRecord>>();
  #turns = 0;

  get size(): number {
    return this.#entries.size;
  }

  has(want: WantRecord): boolean {
    return this.#entries.has(want);
  }

  /** All of them, first come first; who is taken out meanwhile is left out. */
  [Symbol.iterator](): IterableIterator<WantRecord> {
    return this.#entries.keys();
  }

  /** Puts the want in, or, after its place has changed, at its nodes of now; it keeps its turn. */
  add(want: WantRecord): void {
    const { turn } = this.#entries.get(want) ?? { turn: (this.#turns += 1) };
    this.#leave(want);
    const all = isNarrow(want) ? want.place?.nodes : undefined;
    const nodes = all === undefined ? undefined : Array.from(all.keys()).filter((node) => allows(want, node));
    this.#entries.set(want, { turn, nodes });
    if (nodes === undefined) this.#wide.add(want);
    for (const node of nodes ?? []) {
      const there = this.#at.get(node);
      if (there === undefined) this.#at.set(node, new Set([want]));
      else there.add(want);
    }
  }

  delete(want: WantRecord): void {
    this.#leave(want);
    this.#entries.delete(want);
  }

  /** Those for whom the node will do, first come first. */
  at(node: NodeId): readonly WantRecord[] {
    const found = [...(this.#at.get(node) ?? [])];
    for (const want of this.#wide) if (allows(want, node)) found.push(want);
    const turnOf = (want: WantRecord): number => this.#entries.get(want)?.turn ?? 0;
    return found.length < 2 ? found : found.toSorted((a, b) => turnOf(a) - turnOf(b));
  }

  #leave(want: WantRecord): void {
    this.#wide.delete(want);
    for (const node of this.#entries.get(want)?.nodes ?? []) {
      const there = this.#at.get(node);
      there?.delete(want);
      if (there?.size === 0) this.#at.delete(node);
    }
  }
}

/** Whether only few nodes will do. */
export const isNarrow = ({ place }: WantRecord): boolean => place?.nodes !== undefined && place.nodes.size <= FEW_NODES;
