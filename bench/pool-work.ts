/** What the pool benches run on every side: one item, and a list of items for pools whose users make chunks by hand. */
export function addOne(n: number): number {
  return n + 1;
}

export function addOneToEach(items: readonly number[]): number[] {
  return items.map((n) => n + 1);
}

export function* count(n: number): Generator<number> {
  for (let i = 0; i < n; i += 1) yield i;
}
