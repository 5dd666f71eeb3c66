/** `skein logs`: what tasks log and print, and what happens in a cluster, as it comes. */
import { type Command, Option } from "commander";
import { type ClusterEvent, SECOND_MS, watchCluster } from "@skein/runtime";
import { LOG_THRESHOLDS, type LogThreshold } from "../log.ts";
import { EventNames, jobOf, printedLine } from "./event-text.ts";
import { EXIT } from "./exit-codes.ts";
import { type InCluster, inCluster, LOOKERS, ON } from "./in-cluster.ts";
import { printJson, say } from "./output.ts";
import { findTarget } from "./targets.ts";
import { untilStopped } from "./until-stopped.ts";

export function logsCommand(program: Command, done: (code: number) => void): void {
  program
    .command("logs")
    .description("show what tasks log and print, as it comes")
    .argument("[JOB]", "of this job only, until it is closed: name, id or end of id")
    .option("-e, --events", "also what happens: nodes, servers, jobs, and tasks with their ids")
    .addOption(new Option("--level <LEVEL>", "at least this").choices(LOG_THRESHOLDS.slice(0, 4)).default("info"))
    .option("--kept", "print what the scheduler still keeps, and end")
    .option(...ON)
    .option("--json", "print events as JSON lines, whole and with their number and epoch")
    .addHelpText(
      "after",
      `
Examples:
  skein logs                            lines of every task, until Ctrl-C
  skein logs primes                     of one job, until it is closed
  skein logs --events --level debug     every event, tasks with their arguments too
  skein logs --kept --json | jq .text   what is there already

Tasks' lines are sent while somebody watches (this command, a console), so those of before are there only if one did.
Operators see everything, a client what is of its own jobs.
Exit codes: 0 done, 2 no such job, 3 no cluster, 130 interrupted.`,
    )
    .action(async (job: string | undefined, options: LogsOptions) => {
      done(await inCluster(options.on, LOOKERS, async (cluster) => await show(cluster, job, options)));
    });
}

/** `--kept` ends when nothing has come for this long. */
const QUIET_MS = SECOND_MS;

interface LogsOptions {
  readonly events?: true;
  readonly level: LogThreshold;
  readonly kept?: true;
  readonly on?: string;
  readonly json?: true;
}

async function show(
  { peer, scheduler, status }: InCluster,
  name: string | undefined,
  options: LogsOptions,
): Promise<number> {
  const snapshot = await status();
  const only = name === undefined ? undefined : findTarget(name, snapshot, ["job"]).id;
  const names = new EventNames();
  names.learn(snapshot);
  const tell = (event: ClusterEvent): void => {
    names.take(event);
    if (only !== undefined && event.type !== "gap" && jobOf(event) !== only) return;
    if (options.events !== true && event.type !== "log" && event.type !== "gap") return;
    if (options.json === true) {
      if (event.type !== "load") printJson(event);
      return;
    }
    process.stdout.write(printedLine(event, names, options.level) ?? "");
  };
  const stopped = untilStopped();
  const over = Promise.withResolvers<void>();
  // What the scheduler keeps comes in batches, of which the last may hold nothing that we may see.
  const quiet = options.kept === true ? setTimeout(over.resolve, QUIET_MS) : undefined;
  using _watch = watchCluster(peer, {
    scheduler,
    since: { epoch: snapshot.epoch, seq: options.kept === true ? 0 : snapshot.seq },
    onSnapshot: (now) => {
      names.learn(now);
      if (options.kept !== true)
        say(only === undefined ? "following; Ctrl-C ends it" : `following ${names.of(only)} until it is closed`);
    },
    onEvents: (events) => {
      for (const event of events) tell(event);
      // What is kept ends where we came in; what happens since then goes on for ever.
      if (quiet !== undefined && events.some((event) => event.seq >= snapshot.seq)) over.resolve();
      else quiet?.refresh();
      if (events.some((event) => event.type === "job.closed" && event.job.id === only)) over.resolve();
    },
    onLost: (error) => say(`the scheduler is lost, and waited for: ${error.message}`),
  });
  return await Promise.race([over.promise.then(() => EXIT.done), stopped.then(() => EXIT.interrupted)]);
}
