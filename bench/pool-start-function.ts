/** What workers of piscina and tinypool run in `pool-start`. */
// Both take a worker file's default export.
// oxlint-disable-next-line import/no-default-export
export default function addOne(n: number): number {
  return n + 1;
}
