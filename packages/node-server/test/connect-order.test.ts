import { expect, test } from "vitest";
import { type Command, skein, startNode, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

interface Answer {
  readonly cluster?: string;
  readonly peer?: string;
  readonly code?: string;
}

function client(
  environment: NodeJS.ProcessEnv,
  words: readonly string[] = [],
): Command & { readonly answer: Promise<Answer> } {
  const command = startNode([fixture("which-cluster.ts"), ...words], { SKEIN_SECRET: "", ...environment });
  return { ...command, answer: command.line((line) => line.startsWith("{")).then((line): Answer => JSON.parse(line)) };
}

async function once(environment: NodeJS.ProcessEnv, words: readonly string[] = []): Promise<Answer> {
  const command = client(environment, words);
  const answer = await command.answer;
  command.child.stdin?.end();
  await command.exited;
  return answer;
}

const invite = async (environment: NodeJS.ProcessEnv, uses: number): Promise<string> =>
  (await skein(["invite", "--role", "client", "--uses", String(uses)], environment)).stdout;

test("connect takes the link, else SKEIN_CLUSTER, else the skein up of this machine, else there is no cluster", async () => {
  const [here, other] = await Promise.all([startUp(), startUp()]);
  const [ofHere, ofOther] = await Promise.all([invite(here.environment, 9), invite(other.environment, 9)]);
  const { cluster: hereId } = here.up;
  const { cluster: otherId } = other.up;
  const answers = await Promise.all([
    once(here.environment),
    once({ ...here.environment, SKEIN_CLUSTER: ofOther }),
    once({ ...here.environment, SKEIN_CLUSTER: ofHere }, [ofOther]),
    once({ SKEIN_DATA: temporaryFolder() }),
  ]);
  expect(answers.map(({ cluster, code }) => cluster ?? code)).toEqual([hereId, otherId, otherId, "NO_CLUSTER"]);
});

test("an invite for one use is enough for all programs that run one after the other", async () => {
  const up = await startUp();
  const data = temporaryFolder();
  const link = await invite(up.environment, 1);
  const environment = { SKEIN_DATA: data, SKEIN_CLUSTER: link };
  const first = client(environment);
  const { peer } = await first.answer;
  // Another one at the same time would be another member.
  expect(await once(environment)).toEqual({ code: "INVITE_USED" });
  const beside = await skein(["status"], environment);
  expect(beside).toMatchObject({ code: 3, stderr: expect.stringContaining("by a program of yours that runs now") });
  first.child.stdin?.end();
  expect(await first.exited).toMatchObject({ code: 0 });
  expect(await skein(["status", "--json", "--on", link], { SKEIN_DATA: data })).toMatchObject({ code: 0 });
  expect(await once(environment)).toEqual({ cluster: up.up.cluster, peer });
  expect(await once({ SKEIN_DATA: data })).toEqual({ cluster: up.up.cluster, peer });
});
