/** What `skein run --logs` shows: the log lines of a job's tasks, on standard error. */
import type { ClusterEvent, Job, LogFields } from "@skein/runtime";
import { createLineLogger } from "./log.ts";

/** Writes what the job's tasks log, as it comes, until the job is closed. */
export async function showLogs(job: Job): Promise<void> {
  const logger = createLineLogger({ level: "debug" });
  for await (const event of job.events.values()) {
    if (event.type === "log") logger[event.level](event.text, fieldsOf(event));
  }
}

function fieldsOf({ server, task, fields }: ClusterEvent & { readonly type: "log" }): LogFields {
  return { server: Number(server.split("/")[1]), ...(task === undefined ? {} : { task }), ...fields };
}
