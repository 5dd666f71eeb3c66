/** Ends the pools' workers of this process with it, however it ends, also those that compute and hear nothing. */
import { silentLogger } from "@skein/runtime";
import { Guardian } from "../servers/guardian.ts";

let guardian: Guardian | undefined;
let watched = 0;

/** Watches over a worker from the next turn on: starting it is not delayed. @returns what forgets it, to be called once */
export function guard(pid: number): () => void {
  watched += 1;
  let left = false;
  setImmediate(() => {
    if (!left) (guardian ??= new Guardian(silentLogger)).watch(pid);
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
