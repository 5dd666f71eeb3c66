/** The folders of this server process, as its tasks find them. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServerPlaces } from "@skein/runtime/host";
import { filesBelow } from "../files/give-files.ts";

/** @param folder the process's own folder at its node, which holds `files` and `work` */
export function serverPlaces(folder: string): ServerPlaces {
  const files = join(folder, "files");
  return { files, scratch: join(folder, "work"), list: () => listFiles(files) };
}

/** Each file with its size and time: what is written anew has others. */
async function listFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const marks = new Map<string, string>();
  for (const path of await filesBelow(root, "")) {
    const { size, mtimeMs, ino } = await stat(join(root, path));
    marks.set(path, `${size} ${mtimeMs} ${ino}`);
  }
  return marks;
}
