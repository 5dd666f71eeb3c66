/** A client of `cluster-first`: connects, opens a job, prints the first result. Its argument is the URL of the module to run. */
import { connect } from "skein";

const client = await connect();
const job = await client.openJob();
const { addOne } = await job.module<typeof import("./trivial-tasks.ts")>(new URL(process.argv[2] ?? ""));
console.log(await addOne.call([42]));
await client.close();
