/** What the board's channel carries. */

/** A line from one point to the next; 0 to 1 across the board. */
export interface Stroke {
  readonly by: string;
  readonly colour: string;
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}
