/** `skein console`: a link that opens the console; of a cluster that has none on this machine, it serves one here. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SkeinError } from "@skein/runtime";
import type { Command } from "commander";
import { port } from "../config-parsers.ts";
import { consoleBeside } from "../console-http/console-beside.ts";
import { consoleOfRecording, type ConsoleOfRecordingOptions } from "../console-http/console-of-recording.ts";
import type { ServedConsole, ConsoleTls } from "../console-http/start-console.ts";
import { defaultDataPath } from "../data-directory.ts";
import { type JoinedCluster, joinCluster } from "../join-cluster.ts";
import { createLineLogger } from "../log.ts";
import { tlsOf } from "../network-options.ts";
import { nodePlatform } from "../platform/installed.ts";
import { secretFile } from "../secret-file.ts";
import { readUpState } from "../up-state.ts";
import { EXIT } from "./exit-codes.ts";
import { LOOKERS } from "./in-cluster.ts";
import { print, printJson, say } from "./output.ts";
import { closeInTime, stopCode, untilStopped } from "./until-stopped.ts";

const SESSION_KEY_BYTES = 32;

interface ConsoleWords {
  readonly on?: string;
  readonly host?: string;
  readonly port?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsAuto?: true;
  readonly showArgs: boolean;
  readonly json?: true;
}

export function consoleCommand(program: Command, done: (code: number) => void): void {
  program
    .command("console")
    .description("print a link that opens the console in a browser, once; for a cluster elsewhere, serve it here")
    .argument("[FILE]", "a recording that a console's page has saved, to be shown without a cluster")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--host <HOST>", "where to serve it (default: 127.0.0.1)")
    .option("--port <PORT>", "port to serve it on, 0 for any (default: 8181 or the next free one)")
    .option("--tls-cert <FILE>", "certificate (PEM) to serve it with; beyond this machine one is needed")
    .option("--tls-key <FILE>", "its key (PEM)")
    .option("--tls-auto", "serve it with a self-signed certificate, kept in the data directory")
    .option("--no-show-args", "don't tell browsers the arguments of tasks")
    .option("--json", "print one JSON line: { console }, with --tls-auto { console, fingerprint }")
    .addHelpText(
      "after",
      `
The link is good for 10 minutes and one browser, which then stays logged in.
Where skein up runs on this machine, it is a link to its console. Else the console is served here until Ctrl-C, and may
do what the invite (--on) may: operator, client (its own jobs), viewer (look). With FILE it shows that recording.`,
    )
    .action(async (file: string | undefined, options: ConsoleWords) => {
      if (file !== undefined) return done(await showRecording(file, options));
      const joined = await joinCluster(options.on, { needs: LOOKERS });
      let served: ServedConsole | undefined;
      try {
        const link = await linkOfOwnUp(joined, options);
        if (link !== undefined) {
          if (options.json === true) printJson({ console: link });
          else print(link);
          return done(EXIT.done);
        }
        const stopped = untilStopped();
        served = await serveHere(joined, options);
        tell(served, options);
        done(stopCode(await stopped));
      } finally {
        const close = async (): Promise<void> => {
          await served?.close();
          await joined.peer.close({ cancel: true });
        };
        await (served === undefined ? joined.peer.close() : closeInTime(close, EXIT.interrupted));
      }
    });
}

/** Where the cluster is the `skein up` of this machine and serves its console: a link to that. */
async function linkOfOwnUp({ peer, scheduler }: JoinedCluster, options: ConsoleWords): Promise<string | undefined> {
  const up = readUpState(defaultDataPath());
  if (up?.peer !== scheduler.peer || up.console === undefined) return undefined;
  // Who says where and how it is served wants another one.
  const { port: ownPort, host, showArgs, tlsAuto, tlsCert, tlsKey } = options;
  if (!showArgs || [ownPort, host, tlsAuto, tlsCert, tlsKey].some((wish) => wish !== undefined)) return undefined;
  const link = await peer.procedures.call({ peer: scheduler.peer, server: 0 }, "up.console", undefined);
  return typeof link === "string" ? link : undefined;
}

/** Serves it until it is stopped. */
async function showRecording(file: string, options: ConsoleWords): Promise<number> {
  if (options.on !== undefined) {
    throw new SkeinError("OPTION_INVALID", "a recording is shown without a cluster, and --on names one", {
      hint: "give one of them",
    });
  }
  // No peer is made, which would install it.
  nodePlatform();
  const stopped = untilStopped();
  const served = await consoleOfRecording({ file, dataPath: defaultDataPath(), ...servedAs(options) });
  try {
    tell(served, options);
    return stopCode(await stopped);
  } finally {
    await closeInTime(async () => await served.close(), EXIT.interrupted);
  }
}

async function serveHere({ peer, scheduler }: JoinedCluster, options: ConsoleWords): Promise<ServedConsole> {
  return await consoleBeside({ peer, scheduler, showArgs: options.showArgs, ...servedAs(options) });
}

function servedAs(options: ConsoleWords): Pick<ConsoleOfRecordingOptions, "host" | "port" | "tls" | "logger"> & {
  readonly sessionKey: Uint8Array;
} {
  return {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: port(options.port, "--port") }),
    ...tlsWish(options),
    sessionKey: sessionKey(),
    logger: createLineLogger({ level: "warn" }),
  };
}

function tlsWish(options: ConsoleWords): { readonly tls?: ConsoleTls } {
  return options.tlsAuto === true ? { tls: "auto" } : tlsOf(options);
}

/** Kept, so that browsers stay logged in when it is served again. */
function sessionKey(): Uint8Array {
  const data = defaultDataPath();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return secretFile(join(data, "session.key"), SESSION_KEY_BYTES);
}

function tell(served: ServedConsole, { json }: ConsoleWords): void {
  const { fingerprint } = served;
  const link = served.loginUrl();
  if (json === true) return printJson({ console: link, ...(fingerprint === undefined ? {} : { fingerprint }) });
  print(link);
  if (fingerprint !== undefined) say(`its certificate has SHA-256 ${fingerprint}`);
  say("serving the console; Ctrl-C ends it");
}
