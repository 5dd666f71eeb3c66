/** Runs the bench of this name: a program of its own, whose flags worker threads of peers can take over. */
const [, , name] = process.argv;
// Benches are modules that export run().
const bench = (await import(`./${name}.ts`)) as { run(): Promise<void> };
await bench.run();
process.exit(0);
