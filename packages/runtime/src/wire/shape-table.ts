/** The sets of fields that objects were seen to have, so that their names are written once a message. */
import { SHAPE_LIMIT } from "./limits.ts";

/** Fields remembered between messages; then all are forgotten. */
const NODES_LIMIT = 10_000;

/** A way from the first field on. */
export class ShapeNode {
  next: Map<string, ShapeNode> | undefined;
  /** Its number in the message that has this stamp. */
  number = 0;
  stamp = 0;
  /** The names as they stand in a message, once they were written. */
  definition: Uint8Array | undefined;
}

export class ShapeTable {
  #root = new ShapeNode();
  #nodes = 0;
  #stamp = 0;
  #count = 0;
  #lastKeys: readonly string[] = [];
  #last: ShapeNode | undefined;

  /** A new message begins: no shape has a number. */
  begin(): void {
    this.#stamp += 1;
    this.#count = 0;
    if (this.#nodes < NODES_LIMIT) return;
    this.#root = new ShapeNode();
    this.#nodes = 0;
    this.#last = undefined;
  }

  find(keys: readonly string[]): ShapeNode {
    if (this.#last !== undefined && same(keys, this.#lastKeys)) return this.#last;
    let node = this.#root;
    for (const key of keys) {
      node.next ??= new Map();
      let next = node.next.get(key);
      if (next === undefined) {
        next = new ShapeNode();
        this.#nodes += 1;
        node.next.set(key, next);
      }
      node = next;
    }
    this.#lastKeys = keys;
    this.#last = node;
    return node;
  }

  /** Its number in this message; `undefined` when it has none yet. */
  numberOf(node: ShapeNode): number | undefined {
    return node.stamp === this.#stamp ? node.number : undefined;
  }

  /** Gives it the next number. @returns whether there was one left */
  add(node: ShapeNode): boolean {
    if (this.#count >= SHAPE_LIMIT) return false;
    node.stamp = this.#stamp;
    node.number = this.#count;
    this.#count += 1;
    return true;
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
