/** Acts on what the cluster does: jobs, tasks, channels, supervisors, code and logs. */
import { expectThat } from "../gate.ts";
import { until } from "./person.ts";
import { type Act, printed, type Stage, taskOf } from "./stage.ts";

const JOB = "acted on";

/** Sends to the program's task from outside the console, and gives what it prints then. */
async function says(stage: Stage, word: string): Promise<string> {
  const from = stage.program.lines.length;
  await stage.witness.acts.sendToTask(await taskOf(stage, "tells"), word);
  const [line] = await stage.program.prints(new RegExp(`^(first|second) code got "${word}"$`), from);
  return line;
}

const setWeight: Act = {
  view: "Jobs",
  name: "change a weight",
  async play({ person, witness }) {
    await person.goes("Jobs");
    await person.fills("spinbutton", `Weight of ${JOB}`, "3");
    await person.keys("Enter");
    await person.isTold(`${JOB} has weight 3.`);
    await witness.sees("weight 3", ({ jobs }) => jobs.find(({ name }) => name === JOB)?.weight === 3);
  },
};

const pauseJob: Act = {
  view: "Jobs",
  name: "pause and resume a job",
  async play({ person, witness }) {
    await person.goes("Jobs");
    await person.presses("button", `Pause ${JOB}`);
    await witness.sees("a paused job", ({ jobs }) => jobs.find(({ name }) => name === JOB)?.paused === true);
    await person.presses("button", `Resume ${JOB}`);
    await witness.sees("a job that goes on", ({ jobs }) => jobs.find(({ name }) => name === JOB)?.paused !== true);
  },
};

const cancelJob: Act = {
  view: "Jobs",
  name: "cancel a job",
  async play({ person, witness, program }) {
    await person.goes("Jobs");
    await person.pressesAndConfirms("Cancel busy", "Cancel job");
    await person.isTold("busy is cancelled.");
    await witness.sees("no such job", ({ jobs }) => jobs.every(({ name }) => name !== "busy"));
    await program.prints(/^busy ended$/);
    await person.sees("busy", "[aria-label='Table of ended jobs']");
  },
};

/** Finds tasks, and waits until those alone are in the table. */
async function find({ person }: Stage, query: string, fn: string): Promise<void> {
  await person.goes("Tasks");
  await person.fills("searchbox", undefined, query);
  await until(`tasks of ${query}`, async () => {
    const rows = await person.rows("[aria-label='Table of tasks'] tbody th");
    return rows.length > 0 && rows.every((row) => row.startsWith(fn));
  });
}

const copyTasks: Act = {
  view: "Tasks",
  name: "copy tasks",
  async play(stage) {
    const { person } = stage;
    await find(stage, "fn:tells", "tells");
    await person.presses("checkbox", { like: "^Select tells" });
    await person.presses("button", "Copy");
    await person.isTold("1 task copied.");
    // What is on the clipboard, by the clipboard itself.
    await person.presses("searchbox");
    await person.page.press("a", true);
    await person.page.press("v", true);
    const id = await taskOf(stage, "tells");
    await until("the copied task", async () =>
      (
        await person.page.run(() => document.querySelector<HTMLInputElement>("input[type=search]")?.value ?? "", 0)
      ).includes(id),
    );
    await person.presses("button", "Select none");
  },
};

const cancelMany: Act = {
  view: "Tasks",
  name: "cancel many",
  async play(stage) {
    const { person } = stage;
    const before = printed(stage, "resting cancelled");
    await find(stage, "fn:rests state:running", "rests");
    await person.keys("Escape", "j", "x", "j", "x");
    await person.sees("2 tasks selected");
    await person.pressesAndConfirms("Cancel 2", "Cancel 2 tasks");
    await person.isTold("2 tasks cancelled.");
    await until("two ended tasks", () => printed(stage, "resting cancelled") === before + 2);
  },
};

const cancelOne: Act = {
  view: "Task",
  name: "cancel",
  async play(stage) {
    const { person } = stage;
    const before = printed(stage, "resting cancelled");
    await find(stage, "fn:rests state:running", "rests");
    await person.presses("link", "rests", { role: "region", name: "Table of tasks" });
    await person.pressesAndConfirms("Cancel", "Cancel task", { role: "main" });
    await person.isTold("rests is cancelled.");
    await until("an ended task", () => printed(stage, "resting cancelled") === before + 1);
  },
};

async function openTells(stage: Stage): Promise<void> {
  await find(stage, "fn:tells", "tells");
  await stage.person.presses("link", "tells", { role: "region", name: "Table of tasks" });
  await stage.person.sees("It waits for", "main");
}

const sendMessage: Act = {
  view: "Task",
  name: "send a message",
  async play(stage) {
    const { person, program } = stage;
    await openTells(stage);
    await person.presses("button", "Send a message …");
    await person.presses("textbox", undefined, { role: "dialog" });
    await person.page.type('{"hello":[1]}');
    await person.presses("button", "Send", { role: "dialog" });
    await person.isTold("Sent to tells.");
    await program.prints(/^first code got \{"hello":\[1\]\}$/);
  },
};

const upgradeTask: Act = {
  view: "Task",
  name: "upgrade",
  async play(stage) {
    const { person, witness } = stage;
    expectThat((await says(stage, "before")).startsWith("first"), "it runs other code already");
    const digest = await until(
      "the newer bundle",
      () =>
        witness
          .of("code")
          .flatMap(({ bundles }) => bundles)
          .find(({ name }) => name?.includes("acts-newer") === true)?.digest,
    );
    await openTells(stage);
    await person.presses("button", "Upgrade …");
    await person.fills("dialog[open] input", "Digest of the bundle", digest);
    await person.presses("button", "Upgrade", { role: "dialog" });
    await person.isTold("tells runs other code now.");
    expectThat((await says(stage, "after")).startsWith("second"), "it runs the code it had");
  },
};

const unsubscribe: Act = {
  view: "Channels",
  name: "unsubscribe",
  async play(stage) {
    const { person, witness } = stage;
    const shop = await taskOf(stage, "shop");
    await witness.acts.sendToTask(shop, "publish");
    await until("published news", () => printed(stage, "news published") === 1);
    await person.goes("Channels");
    await person.presses("button", "news");
    await person.pressesAndConfirms({ like: "^Unsubscribe .* from news$" }, "Unsubscribe");
    await person.isTold("gets nothing more of news.");
    const asked = printed(stage, "shop was asked");
    await witness.acts.sendToTask(shop, "publish");
    await until("an answer of the shop", () => printed(stage, "shop was asked") === asked + 1);
    expectThat(printed(stage, "news published") === 1, "who was unsubscribed got news");
    await until("a channel that nobody subscribes", () =>
      witness.of("channels").every(({ channels }) => channels.every(({ subscribers }) => subscribers.length === 0)),
    );
  },
};

const restartChild: Act = {
  view: "Supervision",
  name: "restart a child",
  async play(stage) {
    const { person, witness } = stage;
    const before = printed(stage, "till opened");
    await person.goes("Supervision");
    await person.pressesAndConfirms({ like: "^Restart till of" }, "Restart till");
    await person.isTold("till was restarted.");
    await until("a till opened again", () => printed(stage, "till opened") === before + 1);
    await until("its restart", () =>
      witness
        .of("supervision")
        .some(({ supervisors }) =>
          supervisors.some(({ children }) => children.some(({ name, restarts }) => name === "till" && restarts === 1)),
        ),
    );
    await person.sees("restarted 1 time", "main");
  },
};

const upgradeAndRollBack: Act = {
  view: "Code",
  name: "upgrade and roll back a function",
  async play(stage) {
    const { person } = stage;
    expectThat((await says(stage, "first")).startsWith("first"), "it runs other code already");
    await person.goes("Code");
    await person.pressesAndConfirms("Upgrade the tasks of tells", "Upgrade");
    await person.isTold("1 task of tells run other code now.");
    expectThat((await says(stage, "upgraded")).startsWith("second"), "it runs the code it had");
    await person.pressesAndConfirms("Roll back the tasks of tells", "Roll back");
    await until("the first code again", async () => (await says(stage, "again")).startsWith("first"));
  },
};

const downloadLogs: Act = {
  view: "Logs",
  name: "download",
  async play({ person }) {
    await person.goes("Logs");
    await person.sees("shop.opened", "[role=log]");
    await person.presses("button", "Download");
    const text = await person.saved(/^skein-logs-.*\.jsonl$/);
    const lines = text.trimEnd().split("\n");
    const line = lines.map((one) => JSON.parse(one)).find((one) => one.text === "shop.opened");
    expectThat(line?.level === "info" && line?.job === JOB, `the line is ${JSON.stringify(line)}`);
  },
};

export const ACTS_OF_WORK: readonly Act[] = [
  setWeight,
  pauseJob,
  copyTasks,
  cancelMany,
  cancelOne,
  sendMessage,
  upgradeAndRollBack,
  upgradeTask,
  unsubscribe,
  restartChild,
  downloadLogs,
];
/** After it nothing computes any more. */
export const ENDING: readonly Act[] = [cancelJob];
