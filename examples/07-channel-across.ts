/**
 * A channel across three processes: one publishes, two read, one by a stream and one by its mailbox.
 *
 * Run:  npm run example -- 07
 * See:
 *   delivered to 2: 18.5
 *   delivered to 2: 21
 *   delivered to 2: 30.5
 *   mean: 3 values, 23.3 on average
 *   alarm: it is 30.5 degrees
 */
import { fileURLToPath } from "node:url";
import {
  all,
  type Channel,
  channel,
  command,
  locate,
  register,
  spawn,
  startPeer,
  type Steps,
  type TaskContext,
} from "skein";

const NAME = "temperatures";

/** A stream of what is published from now on; it ends when the channel is closed, wherever that is. */
function* mean(_task: TaskContext): Steps<string> {
  const temperatures = yield* locate<Channel<number>>(NAME, { timeoutMs: 10_000 });
  const values: number[] = [];
  yield* temperatures.values().forEach((degrees) => values.push(degrees));
  const sum = values.reduce((total, degrees) => total + degrees, 0);
  return `mean: ${values.length} values, ${(sum / values.length).toFixed(1)} on average`;
}

/** Its mailbox is subscribed; it receives what it wants to. */
function* alarm(task: TaskContext<number>): Steps<string> {
  const temperatures = yield* locate<Channel<number>>(NAME, { timeoutMs: 10_000 });
  yield* temperatures.subscribe(task.ref);
  const degrees = yield* task.receive({ match: (one) => one > 25 });
  return `alarm: it is ${degrees} degrees`;
}

async function reader(role: string | undefined, invite: string): Promise<void> {
  await using _peer = await startPeer({ invite });
  console.log(await (role === "mean" ? spawn(mean) : spawn(alarm)));
}

async function publisher(): Promise<void> {
  await using peer = await startPeer({ listen: ["127.0.0.1:0"] });
  const temperatures = channel<number>(NAME, { transform: (t) => (t > -273.15 ? t : undefined) });
  register(NAME, temperatures);
  const invite = await peer.invite({ roles: ["peer"], uses: 2 });
  const file = fileURLToPath(import.meta.url);
  const readers = ["mean", "alarm"].map((role) => command(process.execPath, [file, invite, role]).output());
  for (const degrees of [18.5, -300, 21, 30.5]) {
    // Waits for two subscribers, wherever they are, then until each has the value.
    const recipients = await temperatures.deliver(degrees, { subscribers: 2 });
    if (recipients > 0) console.log(`delivered to ${recipients}: ${degrees}`);
  }
  await temperatures.close();
  for (const { text } of await all(readers)) console.log(text.trim());
}

const [invite, role] = process.argv.slice(2);
await (invite === undefined ? publisher() : reader(role, invite));
