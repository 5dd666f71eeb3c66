/** The engine of the default runtime: made when it is first needed, on the platform that a host package installed. */
import { SkeinError } from "../errors.ts";
import { installedPlatform } from "../platform.ts";
import { Engine } from "./engine.ts";

let engine: Engine | undefined;

/** @throws {SkeinError} `RUNTIME_WRONG` when no host package was imported */
export function defaultEngine(): Engine {
  if (engine !== undefined) return engine;
  const platform = installedPlatform();
  if (platform === undefined) {
    throw new SkeinError("RUNTIME_WRONG", "no host is installed", {
      hint: 'import from "skein" (or "@skein/node-server", "@skein/browser-worker"), or use createRuntime({ platform })',
    });
  }
  engine = new Engine({ platform });
  return engine;
}

/** Puts `next` in the place of the default engine; the simulator and tests do. Gives the one before. */
export function replaceDefaultEngine(next: Engine | undefined): Engine | undefined {
  const before = engine;
  engine = next;
  return before;
}
