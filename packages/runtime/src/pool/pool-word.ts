/** What an entry of a pool's frames is: the words of a pool and its workers. */

/** The first number of an entry's head. */
export const PoolWord = {
  // To a worker: [word, function, batch, exact].
  /** Values are lists of arguments. */
  call: 0,
  /** Each value is the one argument of a call. */
  each: 1,
  /** The one value is a list of items, given to one call that returns a list. */
  whole: 2,
  /** [code, function]: the one value says where the function is. */
  code: 3,
  /** [cancel, batch]: the values are numbers within the batch. */
  cancel: 4,
  // To the pool: [word, batch, first number in it].
  /** Values are results, one after another. */
  done: 5,
  /** The one value is what was thrown. */
  failed: 6,
  /**
   * [back, batch, first, count]: from here on nothing of the batch was begun, and nothing will be: it takes longer than was
   * thought. Those before may wait still.
   */
  back: 7,
  /** This one is not run, or its result is not told, as it was asked. */
  dropped: 8,
  /** [took, function, calls, milliseconds they computed, 1 where some wait still, batch]. */
  took: 9,
  /** [memory, bytes] that the worker has. */
  memory: 10,
} as const;
export type PoolWord = (typeof PoolWord)[keyof typeof PoolWord];
