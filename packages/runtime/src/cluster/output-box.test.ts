import { expect, test } from "vitest";
import { type Procedures } from "../contracts/procedures.ts";
import { OUTPUT_BATCH_MS, OUTPUT_LINES_LIMIT } from "../defaults.ts";
import { type JobId, type LeaseId, type PeerId } from "../ids.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { OutputBox } from "./output-box.ts";
import { type Assign, type Printed } from "./words.ts";

const client = { peer: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId, server: 0 };
const to: Assign = {
  lease: "l_1" as LeaseId,
  kind: "cpu",
  job: "j_1" as JobId,
  client,
  inbox: "client.x",
  server: 1,
};

/** A box whose batches wait for `timeUp`, and what it has sent. */
function openBox() {
  const sent: Printed[] = [];
  let timeUp: (() => void) | undefined;
  const procedures: Pick<Procedures, "tryNotify"> = {
    // Only a box calls it, with what it has gathered.
    tryNotify: (_to, name, words) => void (name === "client.x.output" && sent.push(words as Printed)),
  };
  const platform = Object.assign(createHostPlatform(), {
    startTimer: (delayMs: number, callback: () => void) => {
      expect(delayMs).toBe(OUTPUT_BATCH_MS);
      timeUp = callback;
      return 1;
    },
    stopTimer: () => (timeUp = undefined),
  });
  // The rest of Procedures is not used.
  const box = new OutputBox({ platform, procedures: procedures as Procedures, server: 1 });
  return { box, sent, timeUp: () => timeUp?.() };
}

test("the first line leaves at once, those that follow leave together, and too many are counted", async () => {
  const { box, sent, timeUp } = openBox();
  box.add({ stream: "stdout", text: "first" }, to);
  await Promise.resolve();
  expect(sent).toEqual([{ job: to.job, server: 1, lines: [{ stream: "stdout", text: "first" }], omitted: 0 }]);
  for (let line = 0; line < OUTPUT_LINES_LIMIT + 3; line += 1) box.add({ stream: "stderr", text: `${line}` }, to);
  await Promise.resolve();
  expect(sent).toHaveLength(1);
  timeUp();
  expect(sent[1]?.lines).toHaveLength(OUTPUT_LINES_LIMIT);
  expect(sent[1]?.omitted).toBe(3);
  timeUp();
  expect(sent).toHaveLength(2);
});

test("what was printed for one job is told to that job, also when the next one has the server already", () => {
  const { box, sent } = openBox();
  box.add({ stream: "stdout", text: "old" }, to);
  box.add({ stream: "stdout", text: "new" }, { ...to, job: "j_2" as JobId });
  box.close();
  expect(sent.map(({ job, lines }) => [job, lines[0]?.text])).toEqual([
    ["j_1", "old"],
    ["j_2", "new"],
  ]);
});
