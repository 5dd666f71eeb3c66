/**
 * Another program runs at a server: what we send goes to its input, what it prints comes here line by line, while it runs.
 *
 * Run:  npm run example -- 13    (starts a cluster for as long as it runs)
 * See:
 *   "first" has 5 letters
 *   "second" has 6 letters
 *   "third" has 5 letters
 *   the program has ended with exit code 0
 */
import { type Channel, channel, command, connect, type RemoteTaskContext, type Steps } from "skein";

/** Any program would do: this one answers each line that it reads. */
const PROGRAM = `
  require("node:readline").createInterface({ input: process.stdin })
    .on("line", (line) => console.log(\`"\${line}" has \${line.length} letters\`));
`;

/** Runs on a server: each message is a line for the program, each line of the program goes out on a channel. */
function* runProgram(task: RemoteTaskContext<string>, answers: Channel<string>): Steps<number | undefined> {
  const program = command(process.execPath, ["-e", PROGRAM]); // ended with this task, should it be cancelled
  for (let line = yield* task.receive(); line !== "end"; line = yield* task.receive()) {
    yield* program.write(`${line}\n`);
    yield* answers.deliver((yield* program.readLine()) ?? "nothing");
  }
  program.end();
  return (yield* program.exit()).code;
}

await using client = await connect();
await using job = await client.openJob({ name: "letters" });
const answers = channel<string>("answers");
const stream = answers.values();
const running = job.run(runProgram, [answers]);
for (const word of ["first", "second", "third"]) {
  running.send(word);
  console.log((await stream.next()).value); // it runs on, and waits for the next one
}
running.send("end");
console.log(`the program has ended with exit code ${await running}`);
