/** What `lan-job.ts` runs elsewhere. */
const PROCESS = String(Math.random());

/** Takes a while, and says in which process it ran. */
export async function where(n: number): Promise<{ readonly process: string; readonly square: number }> {
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  return { process: PROCESS, square: n * n };
}
