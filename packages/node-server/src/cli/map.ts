/** `skein map FILE.ts#FUNCTION`: calls a function for each line, on every core, and prints the results in order. */
import { type Command, Option } from "commander";
import { isSkeinError, type Job, type Pool, SkeinError } from "@skein/runtime";
import { POOL_IN_FLIGHT } from "@skein/runtime/host";
import { nodePlatform } from "../platform/installed.ts";
import { pool } from "../pool/pool.ts";
import { durationMs } from "./duration.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { JobLog } from "./job-log.ts";
import { LinePrinter } from "./line-printer.ts";
import { type Input, linesOf, openInputs } from "./map-lines.ts";
import { showProgress } from "./map-progress.ts";
import { LineMap, type OnError } from "./map-run.ts";
import { mappedFunction } from "./mapped-function.ts";
import { counted, whole } from "./numbers.ts";
import { say, sayError } from "./output.ts";
import { untilStopped } from "./until-stopped.ts";
import { usersFrames } from "./users-frames.ts";
import { wholeNumber } from "./whole-number.ts";

export function mapCommand(program: Command, done: (code: number) => void): void {
  program
    .command("map")
    .description("call a function for each line of standard input, on every core")
    .argument("<FILE#FUNCTION>", "a module and its export (default: its default export), or node:MODULE#FUNCTION")
    .argument("[FILES...]", "read the lines of these; - is standard input")
    .option("--json", "each line is a JSON value (default: the function is given the line as a text)")
    .option("--star", "each line is a JSON list of arguments")
    .option("-0, --null", "items end with NUL instead of a newline, as find -print0 writes them")
    .option("--lines", "print results that are texts as lines of text (default: a JSON line a result)")
    .option("--unordered", "print results as they come")
    .addOption(
      new Option("--on-error <WHAT>", "when an item fails: stop there, skip it, or tell it in its place of the output")
        .choices(["stop", "skip", "tell"])
        .default("stop"),
    )
    .option("--servers <N|all>", "worker processes on this machine (default: one for each core)")
    .option(
      "--host <ADDRESS>",
      "also workers on that machine, by ssh: ssh://user@host:22/8 (give it again for more; --servers 0 for these only)",
      (address: string, before: readonly string[] | undefined) => [...(before ?? []), address],
    )
    .option(
      "--on <LINK>",
      "on the servers of this cluster; here: that of SKEIN_CLUSTER, or the skein up of this machine (none here then, unless --servers says so)",
    )
    .option(
      "--packages <NAMES>",
      "packages with native add-ons, as sharp,canvas: workers import them where they are installed",
    )
    .option("--chunk <N|auto>", "items that go to a worker together (default: auto)")
    .option("--in-flight <N>", `items taken ahead of what is printed (default: ${POOL_IN_FLIGHT})`)
    .option("--retries <N>", "how often an item is started again when its worker is lost (default: 2)")
    .option("--timeout <TIME>", "time for each item, as 90s or 500ms; then it fails")
    .option("--progress", "show how far it is, on standard error: a bar on a terminal, else lines")
    .option("--joblog <FILE>", "note in FILE what is done, with its result")
    .option("--resume", "go on with the run that FILE is of: what is done isn't done again, and the output is whole")
    .addHelpText(
      "after",
      `
Examples:
  seq 1000000 | skein map work.ts#isPrime --json > primes.jsonl
  ls *.jpg | skein map thumbs.ts#thumbnail --progress --on-error tell
  find . -name '*.log' -print0 | skein map -0 logs.ts#countErrors
  skein map work.ts#shout names.txt --lines | head
  skein map slow.ts#render jobs.txt --host ssh://ann@maxi/8 --host ssh://ann@mini
  skein map slow.ts#render jobs.txt --on here
  skein map slow.ts#render jobs.txt --joblog render.log --resume > out.jsonl

The function is called in worker processes; what it uses of its module goes along. It may be async. What it prints goes to
standard error. Of bytes the result is base64, of bigints a text. A slow reader of the results stops the reading of lines.
Exit codes: 0 done, 1 an item failed, 2 wrong use, 3 no cluster, 130 interrupted.`,
    )
    .action(async (spec: string, files: readonly string[], options: MapOptions) =>
      done(await map(spec, files, options)),
    );
}

interface MapOptions {
  readonly json?: true;
  readonly star?: true;
  readonly null?: true;
  readonly lines?: true;
  readonly unordered?: true;
  readonly onError: OnError;
  readonly servers?: string;
  readonly host?: readonly string[];
  readonly on?: string;
  readonly packages?: string;
  readonly chunk?: string;
  readonly inFlight?: string;
  readonly retries?: string;
  readonly timeout?: string;
  readonly progress?: true;
  readonly joblog?: string;
  readonly resume?: true;
}

/** Failed items that are told one by one; then they are counted. */
const TOLD_FAILURES = 10;

async function map(spec: string, files: readonly string[], options: MapOptions): Promise<number> {
  const { servers, chunk = "auto", inFlight, retries, timeout, onError } = options;
  const settings = {
    json: options.json === true || options.star === true,
    star: options.star === true,
    lines: options.lines === true,
    ordered: options.unordered !== true,
    onError,
    inFlight: inFlight === undefined ? POOL_IN_FLIGHT : wholeNumber("--in-flight", inFlight, 1),
    chunk: chunk === "auto" ? ("auto" as const) : wholeNumber("--chunk", chunk, 1),
    retries: retries === undefined ? undefined : wholeNumber("--retries", retries, 0),
    itemTimeoutMs: timeout === undefined ? undefined : durationMs("--timeout", timeout),
  };
  const size = servers === undefined || servers === "all" ? servers : wholeNumber("--servers", servers, 0);
  const hosts = options.host ?? [];
  if (size === 0 && hosts.length === 0 && options.on === undefined) {
    throw new SkeinError("OPTION_INVALID", "--servers 0 leaves nobody to do it", {
      hint: "name machines by --host, or a cluster by --on",
    });
  }
  if (options.resume === true && options.joblog === undefined) {
    throw new SkeinError("OPTION_INVALID", "--resume needs the log of a run", {
      hint: "name it: --joblog FILE --resume",
    });
  }
  nodePlatform();
  const inputs = openInputs(files);
  const { fn, name } = await mappedFunction(spec);
  const log = options.joblog === undefined ? undefined : new JobLog(options.joblog, name, options.resume === true);
  const told = failuresTold(spec);
  const stopping = new AbortController();
  const printer = new LinePrinter(process.stdout, (error) => stopping.abort(error));
  const lineMap = new LineMap(printer, { ...settings, log, sayFailed: told.say });
  const endProgress =
    options.progress === true ? showProgress(lineMap, bytesOf(inputs), process.stderr) : (): void => undefined;
  void untilStopped().then(() => stopping.abort(INTERRUPTED));
  if (inputs.some(({ chunks }) => chunks === process.stdin) && process.stdin.isTTY) {
    say("reads lines from this terminal; Ctrl-D ends them");
  }
  try {
    const packages = options.packages?.split(",") ?? [];
    await using cluster = options.on === undefined ? undefined : await jobOn(options.on, spec, packages);
    const hasOwn = cluster === undefined || hosts.length > 0 || (size !== undefined && size !== 0);
    await using workers: Pool = pool({
      ...(size === undefined ? {} : { servers: size }),
      ...(cluster === undefined ? {} : { job: cluster.job }),
      hosts,
      ...(hasOwn ? { packages, output: "stderr" } : {}),
    });
    const lines = linesOf(inputs, { separator: options.null === true ? 0 : 10, blank: !settings.json });
    const failure = await lineMap.run(workers, fn, lines, stopping.signal);
    endProgress();
    if (failure !== undefined) sayFailure(spec, failure.where, failure.error);
    else told.sum(lineMap.failed, lineMap.done);
    return lineMap.failed > 0 ? EXIT.failed : EXIT.done;
  } catch (error) {
    endProgress();
    const { reason } = stopping.signal;
    if (reason === INTERRUPTED) return EXIT.interrupted;
    if (isGone(reason)) return EXIT.done; // its reader has seen enough: `skein map … | head`
    sayError(reason ?? error);
    return exitCodeOf(reason ?? error);
  } finally {
    log?.close();
  }
}

/** A job for this on the cluster of `link`, closed together with the way there. */
async function jobOn(
  link: string,
  spec: string,
  packages: readonly string[],
): Promise<AsyncDisposable & { readonly job: Job }> {
  const { connect } = await import("../connect.ts"); // with the network, which others don't need
  const client = await connect(link === "here" ? undefined : link, { name: "skein map" });
  const job = await client.openJob({ name: spec, packages });
  return { job, [Symbol.asyncDispose]: async () => await client.close({ cancel: true }) };
}

/** Why it stops: somebody wants it to. */
const INTERRUPTED: unique symbol = Symbol("interrupted");

const isGone = (reason: unknown): boolean =>
  reason instanceof Error && "code" in reason && (reason.code === "EPIPE" || reason.code === "ECONNRESET");

/** Where the size of every input is known. */
function bytesOf(inputs: readonly Input[]): number | undefined {
  let sum = 0;
  for (const { bytes } of inputs) {
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return sum;
}

/** What ended it, with the lines of the function's author. */
function sayFailure(spec: string, where: string, error: Error): void {
  const code = isSkeinError(error) ? ` (${error.code})` : "";
  say(`${spec} failed at ${where}: ${error.message}${code}`);
  const more = isSkeinError(error) ? [error.hint] : usersFrames(error);
  for (const line of more) process.stderr.write(`       ${line}\n`);
  if (process.env["SKEIN_DEBUG"] !== undefined) console.error(error);
}

/** Tells of the first failed items, and in the end how many there were. */
function failuresTold(spec: string): {
  readonly say: (where: string, error: Error) => void;
  readonly sum: (failed: number, done: number) => void;
} {
  let told = 0;
  return {
    say(where, error) {
      told += 1;
      if (told <= TOLD_FAILURES) say(`${spec} failed at ${where}: ${error.message}`);
    },
    sum(failed, done) {
      if (failed > 0) say(`${whole(failed)} of ${counted(done, "item")} failed`);
    },
  };
}
