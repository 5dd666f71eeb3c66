/** Waits for as few of many answers as are needed: whoever is silent holds nobody up. */

/** Resolves once `enough` says so of the answers so far, or all have come. None of them may reject. */
export async function untilEnough<T>(
  answers: readonly Promise<T>[],
  enough: (answer: T) => boolean,
): Promise<readonly T[]> {
  const come: T[] = [];
  if (answers.length === 0) return come;
  const done = Promise.withResolvers<void>();
  const take = async (answer: Promise<T>): Promise<void> => {
    const one = await answer;
    come.push(one);
    if (come.length === answers.length || enough(one)) done.resolve();
  };
  for (const answer of answers) void take(answer);
  await done.promise;
  return come;
}
