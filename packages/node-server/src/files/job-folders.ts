/** The folders in which a node keeps the files of jobs, one for each, below its data directory. */
import { rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isJobId, type JobFolder, type JobFolders } from "@skein/runtime/host";
import { system } from "./file-errors.ts";
import { folderStore } from "./folder-store.ts";

/**
 * Keeps files of jobs below `path`; what a node that was killed left there is removed first.
 *
 * @example
 * const folders = jobFolders(join(data.path, "jobs"));
 */
export function jobFolders(path: string, limits: Pick<JobFolders, "maxFileBytes" | "maxBytes"> = {}): JobFolders {
  rmSync(path, { recursive: true, force: true });
  return { open: (job) => open(path, job), ...limits };
}

async function open(path: string, job: string): Promise<JobFolder> {
  if (!isJobId(job)) throw new TypeError(`${job} is no job`); // it becomes a folder's name
  const own = join(path, job);
  await system(`make a folder for ${job}`, async () => await mkdir(own, { recursive: true, mode: 0o700 }));
  return {
    store: folderStore(own),
    path: own,
    remove: () => system(`remove the files of ${job}`, async () => await rm(own, { recursive: true, force: true })),
  };
}
