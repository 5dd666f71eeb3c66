/** Ends the pools' workers of this process with it, however it ends, also those that compute and hear nothing. */
import type { Duplex } from "node:stream";
import { silentLogger } from "@skein/runtime";
import { Guardian } from "../servers/guardian.ts";
import { watchFolders } from "./own-folder.ts";

let guardian: Guardian | undefined;
let watched = 0;

function newGuardian(): Guardian {
  const made = new Guardian(silentLogger);
  watchFolders((path) => made.removes(path));
  return made;
}

/** Watches over a worker from its first word on: before that its end is that of its link. @returns what forgets it, to be called once */
export function guard(pid: number, link: Duplex): () => void {
  watched += 1;
  let left = false;
  link.once("data", () => {
    // Its first calls are on their way by then: starting the guardian takes a moment.
    setImmediate(() => {
      if (!left) (guardian ??= newGuardian()).watch(pid);
    });
  });
  return () => {
    left = true;
    watched -= 1;
    guardian?.forget(pid);
    if (watched > 0) return;
    guardian?.close();
    guardian = undefined;
  };
}
