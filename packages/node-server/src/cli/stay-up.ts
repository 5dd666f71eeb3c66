/** `skein up` and `skein scheduler`: tells that it is ready, and stays until it is stopped; or does so in the background. */
import type { Config } from "../config.ts";
import { createLineLogger } from "../log.ts";
import { startUp, type Up, type UpParts } from "../up.ts";
import { goesToBackground, runInBackground, tellReady } from "./background.ts";
import { print, printJson, say } from "./output.ts";
import { closeInTime, stopCode, untilStopped } from "./until-stopped.ts";

export interface StayUpOptions {
  readonly json?: true;
  readonly untilStdinEnds?: true;
}

export interface StayUpWords<L extends object> {
  /** For programs. */
  readonly line: (up: Up) => Promise<L>;
  /** For people. */
  readonly welcome: (up: Up, line: L) => string | Promise<string>;
}

/** @returns the exit code */
export async function stayUp<L extends object>(
  config: Config,
  options: StayUpOptions,
  words: StayUpWords<L>,
  start?: UpParts,
): Promise<number> {
  if (goesToBackground(config, options.untilStdinEnds === true)) {
    return await runInBackground(config, options.json === true);
  }
  const stopped = untilStopped({ stdin: options.untilStdinEnds === true });
  const up = await startUp(config, createLineLogger({ level: config.log, format: config.logFormat }), start);
  const line = await words.line(up);
  const text = await words.welcome(up, line);
  if (options.json === true) printJson(line);
  else print(`${text}\n\nCtrl-C ends it.`);
  tellReady(line, text);
  const reason = await stopped;
  if (options.json !== true) say("stopping");
  const code = stopCode(reason);
  await closeInTime(() => up.close(), code);
  return code;
}
