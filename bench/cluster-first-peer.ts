/** Processes of `cluster-first`: a client with one task, and an echo over bare libp2p and who asks it. Each loads what it needs, no more. */
const [what, address = ""] = process.argv.slice(2);

if (what === "job") {
  const { connect } = await import("skein");
  const client = await connect();
  const job = await client.openJob();
  const tasks = new URL("./trivial-tasks.ts", import.meta.url);
  const { addOne } = await job.module<typeof import("./trivial-tasks.ts")>(tasks);
  console.log(await addOne.call([42]));
} else if (what === "echo") {
  const { listenBare } = await import("./bare-links.ts");
  console.log(await listenBare("noise", (link) => link.onData((bytes) => link.send(Uint8Array.of((bytes[0] ?? 0) + 1)))));
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
} else {
  const { dialBare } = await import("./bare-links.ts");
  const { link } = await dialBare("noise", address);
  link.onData((bytes) => console.log(bytes[0]));
  link.send(Uint8Array.of(42));
}
