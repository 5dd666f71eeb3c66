/** The page: a client by the invite in its address. It shows each part as it comes, and who has counted it. */
import { connect, type TaskContext } from "skein";

const PARTS = 8;
const BELOW = 1_000_000;

const status = document.querySelector("p");
const list = document.querySelector("ul");
const say = (text: string): void => {
  if (status !== null) status.textContent = text;
};

/** Only modules that were bundled with the page can run elsewhere: this can't. */
const here = (_task: TaskContext): string => document.title;

try {
  const client = await connect();
  const job = await client.openJob({ name: "primes of a page" });
  const tasks = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
  say("counting");
  const size = BELOW / PARTS;
  const counts = Array.from({ length: PARTS }, async (_, part) => {
    const { count, node } = await tasks.countPrimes.run([part * size, (part + 1) * size], { retries: 2 });
    const line = document.createElement("li");
    line.textContent = `${count} from ${part * size} on, by ${node}`;
    list?.append(line);
    return count;
  });
  const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  say(`${total} primes; ${await refused(() => job.run(here))}`);
  await client.close();
} catch (error) {
  say(String(error));
}

async function refused(run: () => PromiseLike<unknown>): Promise<string> {
  try {
    return String(await run());
  } catch (error) {
    return `a function of the page itself is ${(error as { readonly code?: string }).code}`;
  }
}
