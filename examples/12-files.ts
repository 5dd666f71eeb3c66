/**
 * Files go to the nodes of a job, once each; tasks read them, write others, and send those home.
 *
 * Run:  npm run example -- 12    (starts a cluster for as long as it runs)
 * See:
 *   north.csv: 3 lines in, north.sum here: "12 measured in all"
 *   south.csv: 2 lines in, south.sum here: "9 measured in all"
 *   the node has removed what it had of this job
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type RemoteTaskContext, sleep, spawn, type Steps, type TaskContext } from "skein";

interface Done {
  readonly lines: number;
  readonly folder: string;
}

/** Runs on a server: `task.files` holds the job's files, `task.scratch` is the task's working directory. */
function* sumUp(task: RemoteTaskContext, name: string): Steps<Done> {
  const text = readFileSync(join(task.files, `${name}.csv`), "utf8");
  const values = text.trim().split("\n").map(Number);
  const sum = values.reduce((a, b) => a + b, 0);
  writeFileSync(`${name}.sum`, `${sum} measured in all`); // in its working directory
  yield* task.sendFile(task.client, `${name}.sum`, { to: "results" });
  return { lines: values.length, folder: task.files };
}

function* home(task: TaskContext): Steps<void> {
  yield* task.suspend();
}

const folder = mkdtempSync(join(tmpdir(), "skein-example-"));
const taken = join(folder, "taken");
try {
  mkdirSync(taken);
  writeFileSync(join(folder, "north.csv"), "3\n4\n5\n");
  writeFileSync(join(folder, "south.csv"), "2\n7\n");

  // `files`: where this program takes what tasks send.
  await using client = await connect(undefined, { files: taken });
  const here = spawn(home, [], { background: true }); // a place that tasks can send to
  const files = ["north.csv", "south.csv"].map((name) => join(folder, name));
  const job = await client.openJob({ name: "sums", files, client: here.ref });
  const folders: string[] = [];
  for (const name of ["north", "south"]) {
    const done = await job.run(sumUp, [name]);
    const said = readFileSync(join(taken, "results", `${name}.sum`), "utf8");
    console.log(`${name}.csv: ${done.lines} lines in, ${name}.sum here: "${said}"`);
    folders.push(done.folder);
  }
  await job.close();
  // Here the node is this machine, so its folders can be looked at.
  while (folders.some((path) => existsSync(path))) await sleep(20);
  console.log("the node has removed what it had of this job");
} finally {
  rmSync(folder, { recursive: true });
}
