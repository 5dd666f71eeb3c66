/**
 * A service that another process calls: for its result, for a stream of results, and by talking to its task.
 *
 * Run:  npm run example -- 08
 * See:
 *   25 primes below 100
 *   the first primes above a million: 1000003 1000033 1000037
 *   refused: RangeError, nothing lies below -1
 *   a guess of 50 is too low
 *   a guess of 75 is too high
 *   a guess of 62 is right
 *   the service ended: the guesser needed 3 guesses
 */
import { fileURLToPath } from "node:url";
import {
  command,
  type Exit,
  locate,
  register,
  type Service,
  service,
  type ServiceContext,
  spawn,
  startPeer,
  type Steps,
  type TaskContext,
} from "skein";

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
  return n > 1;
};

/** Emits each prime from `from` on. `emit` waits while its reader is behind, so that this may go on for ever. */
function* primesFrom(task: ServiceContext<never, number>, from: number): Steps<never> {
  for (let n = from; ; n += 1) if (isPrime(n)) yield* task.emit(n);
}

/** A plain function is a service, too. What it throws is thrown at the caller. */
function countPrimes(_task: ServiceContext, below: number): number {
  if (below < 0) throw new RangeError(`nothing lies below ${below}`);
  return Array.from({ length: below }, (_, n) => n).filter(isPrime).length;
}

/** Each call is a task, which can be talked to while it runs. */
function* guessing(task: ServiceContext<number, string>, secret: number): Steps<string> {
  for (let guesses = 1; ; guesses += 1) {
    const guess = yield* task.receive();
    if (guess === secret) return `the guesser needed ${guesses} guesses`;
    yield* task.emit(guess < secret ? "too low" : "too high");
  }
}

type Guessing = Service<[secret: number], string, string, number>;

function* caller(task: TaskContext<Exit<string>>): Steps<void> {
  const count = yield* locate<Service<[below: number], number>>("count-primes", { timeoutMs: 10_000 });
  console.log(`${yield* count.call([100], { timeoutMs: 10_000 })} primes below 100`);

  const primes = yield* locate<Service<[from: number], never, number>>("primes-from");
  const stream = primes.stream([1_000_000]);
  const found = [yield* stream.next(), yield* stream.next(), yield* stream.next()].map(({ value }) => value);
  console.log(`the first primes above a million: ${found.join(" ")}`);
  yield* stream.task.cancel(); // ends the service's task, over there

  try {
    yield* count.call([-1]);
  } catch (error) {
    if (error instanceof RangeError) console.log(`refused: ${error.name}, ${error.message}`);
  }

  const guess = yield* locate<Guessing>("guessing");
  guess.monitor(task.ref, (exit) => exit); // how each call through this reference ends comes as a message
  const game = guess.stream([62]);
  for (const n of [50, 75, 62]) {
    game.task.send(n);
    const { value } = yield* game.next();
    console.log(`a guess of ${n} is ${value ?? "right"}`);
  }
  const exit = yield* task.receive();
  if (exit.type === "returned") console.log(`the service ended: ${exit.value}`);
}

const [invite] = process.argv.slice(2);
if (invite === undefined) {
  await using peer = await startPeer({ listen: ["127.0.0.1:0"] });
  // Four calls run at a time, the others wait for their turn; `who` says which roles may call.
  register("count-primes", service("count-primes", countPrimes, { concurrency: 4, who: ["peer", "client"] }));
  register("primes-from", service("primes-from", primesFrom));
  register("guessing", service("guessing", guessing));
  const program = [fileURLToPath(import.meta.url), await peer.invite({ roles: ["peer"] })];
  for await (const line of command(process.execPath, program).lines()) console.log(line);
} else {
  await using _peer = await startPeer({ invite });
  await spawn(caller);
}
