/** Statistics of numbers: of a list at once, or of all values so far, one by one. */

/** What is known of the numbers so far; made anew for each run. */
export interface Statistic<R> {
  add(value: number): R;
}

/** How a statistic is made for the values of a run, and what it is of a list. */
export type MakeStatistic<R> = () => Statistic<R>;

const folded =
  (start: number, fold: (sum: number, value: number) => number): MakeStatistic<number> =>
  () => {
    let result = start;
    return { add: (value) => (result = fold(result, value)) };
  };

export const minimum: MakeStatistic<number> = folded(Number.POSITIVE_INFINITY, Math.min);
export const maximum: MakeStatistic<number> = folded(Number.NEGATIVE_INFINITY, Math.max);
export const sumFrom = (start: number): MakeStatistic<number> => folded(start, (sum, value) => sum + value);
export const productFrom = (start: number): MakeStatistic<number> => folded(start, (product, value) => product * value);

export const mean: MakeStatistic<number> = () => {
  let count = 0;
  let sum = 0;
  return {
    add: (value) => {
      count += 1;
      sum += value;
      return sum / count;
    },
  };
};

/** Of a sample (n − 1), by Welford's way, which loses no digits; `NaN` for fewer than two. */
export const deviation: MakeStatistic<number> = () => {
  let count = 0;
  let middle = 0;
  let squares = 0;
  return {
    add: (value) => {
      count += 1;
      const distance = value - middle;
      middle += distance / count;
      squares += distance * (value - middle);
      return count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1));
    },
  };
};

/** The statistic of a whole list; of an empty one what it begins with. */
export function ofList(make: MakeStatistic<number>, list: readonly number[], empty: number): number {
  const statistic = make();
  let result = empty;
  for (const value of list) result = statistic.add(value);
  return result;
}
