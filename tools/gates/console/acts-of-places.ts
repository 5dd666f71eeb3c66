/** Acts on what the cluster is made of: its intake, connections, nodes, servers, invites, and the page's own recording. */
import type { ClusterSnapshot, SteerVerb } from "@skein/runtime";
import { expectThat } from "../gate.ts";
import { until } from "./person.ts";
import { type Act, HELPER, helperNode, helperServer, processesOf, type Stage } from "./stage.ts";

/** The browser's tabs that join by one link. */
const TABS = 2;

const pauseIntake: Act = {
  view: "Overview",
  name: "pause the intake, and resume it",
  async play({ person, witness }) {
    await person.goes("Overview");
    await person.pressesAndConfirms("Pause intake", "Pause intake");
    await person.isTold("The cluster begins nothing new.");
    await witness.sees("a paused intake", ({ intake }) => intake === "paused");
    await person.sees("The cluster begins nothing.");
    await person.presses("button", "Resume intake");
    await witness.sees("an open intake", ({ intake }) => intake !== "paused");
  },
};

const openFromStream: Act = {
  view: "Stream",
  name: "open a task",
  async play({ person, witness }) {
    await person.goes("Stream");
    await person.sees("computes", "[aria-label=Functions]");
    // Rectangles of the last minute, on whatever lanes there are.
    const spots = [120, 240, 330, 420].flatMap((x) => [-50, -20, 10, 40].map((y) => [x, y] as const));
    await person.pressesIn({ role: "stream" }, spots, async () => (await person.path()).startsWith("/tasks/t_"));
    await person.sees("Life", "main h2, main h3");
    const id = (await person.path()).slice("/tasks/".length);
    const known = witness.events.some((event) => event.type === "task.started" && event.task === id);
    expectThat(known, `the cluster knows no task ${id}`);
  },
};

const openPeer: Act = {
  view: "Topology",
  name: "open a peer",
  async play(stage) {
    const { person } = stage;
    await person.goes("Topology");
    await person.presses("button", `${HELPER} node`);
    await person.sees(`all of ${HELPER}`, "main section");
    const { id } = await helperNode(stage);
    await person.sees(id, "main section");
    await person.presses("button", `Close ${HELPER}`);
  },
};

const dropConnection: Act = {
  view: "Topology",
  name: "drop a connection",
  async play({ person, witness }) {
    await person.goes("Topology");
    const seen: string[] = [];
    const events = witness.peer.events.values()[Symbol.asyncIterator]();
    void (async () => {
      for (let next = await events.next(); next.done !== true; next = await events.next()) seen.push(next.value.type);
    })();
    await person.pressesAndConfirms({ like: "^Drop the connection of .*witness" }, "Drop connection");
    await person.isTold("was dropped.");
    // It is this program's own connection: it hears that it is gone, and that it is back.
    await until("a dropped connection", () => seen.includes("suspected"));
    await until("the connection again", () => seen.lastIndexOf("back") > seen.indexOf("suspected"));
    await events.return?.();
    await witness.sees("anything over the new connection", () => true);
  },
};

/** Each verb with the word of its button's question, and how the cluster says that it is so. */
const STEERED: readonly (readonly [verb: SteerVerb, asks: boolean, standings: readonly (string | undefined)[]])[] = [
  ["pause", false, ["paused", "draining"]],
  ["resume", false, [undefined, "ready", "assigned"]],
  ["drain", true, ["closed", "draining"]],
  ["resume", false, [undefined, "ready", "assigned"]],
  ["restart", true, [undefined, "ready", "assigned", "starting"]],
  ["stop", true, ["closed", "draining"]],
  ["resume", false, [undefined, "ready", "assigned"]],
];

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

async function steer(
  stage: Stage,
  name: string,
  standing: (snapshot: ClusterSnapshot) => string | undefined,
): Promise<void> {
  const { person, witness } = stage;
  for (const [verb, asks, standings] of STEERED) {
    // One that begins anew already is not begun anew again.
    if (verb === "restart") await witness.sees(`a task at ${name}`, (snapshot) => computes(snapshot, name));
    const before = processesOf(stage);
    const words = `${capital(verb)} ${name}`;
    if (asks) await person.pressesAndConfirms(words, words);
    else await person.presses("button", words);
    await person.isTold(`${name} ${DONE[verb]}.`);
    await witness.sees(`${name} ${verb}`, (snapshot) => standings.includes(standing(snapshot)));
    if (verb === "restart")
      await until(`a fresh process of ${name}`, () => [...processesOf(stage)].some((process) => !before.has(process)));
  }
}

/** Whether a job has the server, or one of the node. */
const computes = ({ nodes, servers }: ClusterSnapshot, name: string): boolean =>
  servers.some(
    ({ node, state, kind }) =>
      kind === "cpu" && state === "assigned" && nodes.some((one) => one.id === node && name.startsWith(one.name)),
  );

const DONE: Readonly<Record<SteerVerb, string>> = {
  pause: "takes no new work",
  resume: "is back in service",
  drain: "ends what it runs and takes nothing new",
  restart: "is restarted",
  stop: "is stopped",
};

const steerNode: Act = {
  view: "Nodes",
  name: "pause, resume, drain, restart, stop a node",
  async play(stage) {
    const { id } = await helperNode(stage);
    await stage.person.goes("Nodes");
    await stage.person.presses("link", HELPER, { role: "region", name: "Table of nodes" });
    await steer(stage, HELPER, ({ nodes }) => nodes.find((node) => node.id === id)?.standing);
  },
};

const steerServer: Act = {
  view: "Servers",
  name: "pause, resume, drain, restart, stop a server",
  async play(stage) {
    const { id } = await helperServer(stage);
    await stage.person.goes("Nodes");
    await stage.person.presses("link", `${HELPER}/1`, { role: "region", name: "Table of servers" });
    await steer(stage, `${HELPER}/1`, ({ servers }) => servers.find((server) => server.id === id)?.state);
  },
};

const inviteTabs: Act = {
  view: "Invite",
  name: "create an invite for tabs; two join by its link",
  async play({ person, witness, tabs }) {
    await person.goes("Invite");
    await person.fills("spinbutton", "How many may join", String(TABS));
    await person.presses("button", "Create");
    await person.isTold("The invite is made.");
    const link = await person.sees(/^https?:/, "[role=textbox][aria-label=Link]");
    await person.presses("button", "Copy: Link");
    await person.isTold("Link is on the clipboard.");
    for (let opened = 0; opened < TABS; opened += 1) {
      const page = await (await tabs.newContext()).newPage();
      await page.goto(link);
      await page.getByRole("button", { name: "Join and run tasks" }).click();
    }
    await witness.sees("two tabs", ({ nodes }) => nodes.filter(({ kind }) => kind === "tab").length === TABS);
    await person.sees(`${TABS} of ${TABS}`, "main tr");
  },
};

const revokeInvite: Act = {
  view: "Invite",
  name: "revoke the invite for tabs; who joined by it is sent away",
  async play({ person, witness }) {
    await person.goes("Invite");
    await person.pressesAndConfirms("Revoke the invite for tab", "Revoke invite", {
      role: "row",
      name: { like: `${TABS} of ${TABS}` },
    });
    await person.isTold("The invite is revoked.");
    await witness.sees("no tabs", ({ nodes }) => nodes.every(({ kind }) => kind !== "tab"));
  },
};

const inviteNode: Act = {
  view: "Invite",
  name: "create an invite for a machine, with its command line; revoke it",
  async play({ person, witness }) {
    await person.goes("Invite");
    await person.sets("main form select", "node");
    await person.presses("button", "Create");
    await person.isTold("The invite is made.");
    await person.sees(/^skein node \S{80,}/, "[role=textbox][aria-label='On the machine']");
    const made = (await witness.acts.invites()).invites.find(({ roles }) => roles.includes("node"));
    expectThat(made?.state === "open", `the cluster knows the invite as ${made?.state ?? "none"}`);
    await person.pressesAndConfirms("Revoke the invite for node", "Revoke invite");
    await until("an ended invite", async () =>
      (await witness.acts.invites()).invites.some(({ id, state }) => id === made?.id && state === "ended"),
    );
  },
};

const record: Act = {
  view: "Record",
  name: "save a recording, open it, export a trace",
  async play({ person }) {
    await person.goes("Record");
    await person.presses("button", "Save the recording");
    const text = await person.saved(/^skein-[\d-]+\.jsonl$/);
    expectThat(text.startsWith('{"skein":"recording"'), `the file begins with ${text.slice(0, 60)}`);
    await person.presses("button", "Save a trace");
    const trace = JSON.parse(await person.saved(/\.trace\.json$/)) as {
      readonly traceEvents: readonly { readonly ph: string; readonly name: string }[];
    };
    const spans = trace.traceEvents.filter(({ ph, name }) => ph === "X" && name === "computes").length;
    expectThat(spans > 0, "the trace has no tasks");
    await person.opensFile("the last minutes.jsonl", text);
    await person.sees("the last minutes.jsonl", "[aria-label=Recording]");
    await person.goes("Topology");
    await person.sees("No acts here: a recording can’t be changed.");
    await person.goes("Jobs");
    await person.sees("acted on", "main");
    await person.presses("button", "Close", { role: "region", name: "Recording" });
    await person.sees("Live", "header");
  },
};

/** Tabs join first, and leave last: all else is played with them there. */
export const OPENING: readonly Act[] = [inviteTabs];
export const ACTS_OF_PLACES: readonly Act[] = [
  pauseIntake,
  openFromStream,
  openPeer,
  dropConnection,
  steerNode,
  steerServer,
  inviteNode,
  record,
  revokeInvite,
];
