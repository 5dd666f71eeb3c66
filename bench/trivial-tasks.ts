/** The trivial task of `job-run`, for both sides. */
export function addOne(n: number): number {
  return n + 1;
}
