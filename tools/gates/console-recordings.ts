/** Recordings of a real cluster by the console's own recorder: what is read from them is what the cluster says. `SKEIN_RECORDINGS=FOLDER` keeps them, as the fixtures of the model's tests. */
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Topic } from "@skein/node-server";
import { clientSource } from "../../packages/web-console/src/client-source.ts";
import { feed } from "../../packages/web-console/src/model/source.ts";
import { ClusterStore } from "../../packages/web-console/src/model/store.ts";
import {
  readRecording,
  replayed,
  type Told,
  wrongIn,
} from "../../packages/web-console/src/model/recordings/recorded.ts";
import { Recorder } from "../../packages/web-console/src/record/recorder.ts";
import { until } from "./console/person.ts";
import { type Program, Scene } from "./console/scene.ts";
import { expectThat, type Gate, root } from "./gate.ts";

const LIMIT_BYTES = 100_000;

interface Recorded {
  readonly name: string;
  /** Looked at beside the events: each place tells its whole state of them again and again. */
  readonly topics: readonly Topic[];
  /** Plays what is recorded; gives what the programs say of their jobs. */
  play(scene: Scene): Promise<Told["jobs"]>;
}

/** What `slow-job.ts` says when its job has ended. */
async function outcome(program: Program, name: string, ended: number): Promise<Told["jobs"][number]> {
  const [, returned] = await program.prints(/^(\d+)$/);
  return { name, returned: Number(returned), ended };
}

const RECORDED: readonly Recorded[] = [
  {
    name: "two-jobs",
    topics: ["links"],
    async play(scene) {
      const squares = scene.startJob("slow-job.ts", "squares", "40", "60", "3");
      const cubes = scene.startJob("slow-job.ts", "cubes", "20", "90");
      return [await outcome(squares, "squares", 43), await outcome(cubes, "cubes", 20)];
    },
  },
  {
    name: "a-node-is-lost",
    topics: [],
    async play(scene) {
      const { witness } = scene;
      const helper = scene.startNode("helper");
      await witness.sees("the helper", ({ nodes }) => nodes.some(({ name }) => name === "helper"));
      const job = scene.startJob("slow-job.ts", "bereft", "12", "3000");
      await witness.sees("every server at work", ({ jobs }) => jobs.some(({ counters }) => counters.running === 3));
      helper.process.kill("SIGKILL");
      const told = await outcome(job, "bereft", 12);
      expectThat(told.returned < 12, "no task was lost with its node");
      await witness.sees("a lost node", ({ nodes }) => nodes.length === 1);
      return [told];
    },
  },
  {
    name: "steered",
    topics: ["channels", "supervision", "code"],
    async play(scene) {
      const { witness } = scene;
      const program = scene.startJob("acts-job.ts");
      await program.prints(/^till opened$/);
      const { nodes, jobs } = await witness.status();
      const [node] = nodes;
      const job = jobs.find(({ name }) => name === "acted on");
      if (node === undefined || job === undefined) throw new Error("no node, or no job");
      const { acts } = witness;
      await acts.pauseIntake(true);
      await acts.steer("pause", node.id);
      await acts.setWeight(job.id, 2.5);
      await acts.steer("resume", node.id);
      await acts.pauseIntake(false);
      const resting = await until("resting tasks", () => {
        const tasks = witness.events.flatMap((event) =>
          event.type === "task.started" && event.fn === "rests" ? [event.task] : [],
        );
        return tasks.length === 4 && tasks;
      });
      await acts.cancelTasks(resting.slice(0, 2));
      await until("two ended tasks", () => program.lines.filter((line) => line === "resting cancelled").length === 2);
      await acts.cancelJob(job.id);
      await witness.sees("no job", (snapshot) => snapshot.jobs.every(({ name }) => name !== "acted on"));
      return [{ name: "acted on", returned: 0, ended: 6 }];
    },
  },
];

async function record(recorded: Recorded): Promise<void> {
  const { name, topics } = recorded;
  await using scene = await Scene.open();
  const { witness } = scene;
  const recorder = new Recorder();
  const store = new ClusterStore(() => {});
  using _watching = feed(store, recorder.recording(clientSource(witness)));
  const leave = store.look(topics);
  await until("a first snapshot", () => store.model.epoch !== undefined);
  const jobs = await recorded.play(scene);
  const stands = await until("the last event", async () => {
    const status = await witness.status();
    // An I/O server goes with the report after its job's end.
    const settled = store.model.seq >= status.seq && store.model.servers.size === status.servers.length;
    return settled && status.jobs.every(({ name: of }) => jobs.every((job) => job.name !== of)) ? status : undefined;
  });
  leave();
  // Nothing of the machine that made them is kept.
  const clean = (text: string): string => text.replaceAll(root, "/project/").replaceAll(`"${hostname()}"`, '"maxi"');
  const text = clean(recorder.text().join(""));
  const told = clean(`${JSON.stringify({ jobs, stands } satisfies Told)}\n`);
  const recording = readRecording(text, told);
  const wrong = wrongIn(replayed(recording.lines), recording);
  console.log(`   ${name}: ${recording.events.length} events, ${(text.length / 1000).toFixed(1)} kB`);
  expectThat(wrong.length === 0, `${name}: ${wrong.join("; ")}`);
  expectThat(text.length < LIMIT_BYTES, `${name} takes ${text.length} bytes`);
  const folder = process.env["SKEIN_RECORDINGS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.jsonl`), text);
  await writeFile(join(folder, `${name}.told.json`), told);
}

export const gate: Gate = {
  proves:
    "recordings that the console’s recorder makes of a real cluster replay to what its programs and scheduler say",
  limitMs: 3 * 60_000,
  async run() {
    for (const recorded of RECORDED) await record(recorded);
  },
};
