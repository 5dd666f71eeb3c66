import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, test, vi } from "vitest";
import type { NodeStatus } from "../node-at-work.ts";
import { answerCommands } from "./node-prompt.ts";

const STATUS: NodeStatus = {
  phase: "open",
  holding: false,
  // Only shown.
  scheduler: { peer: "12D3KooWabcdefgh" as NodeStatus["scheduler"]["peer"], addresses: [] },
  node: {
    scheduler: { peer: "12D3KooWabcdefgh" as NodeStatus["scheduler"]["peer"], addresses: [] },
    known: true,
    holding: false,
    load: { cpuIdleShare: 0.5, memoryFreeBytes: 2 ** 30, swapFreeBytes: 0, diskFreeBytes: 2 ** 31 },
    servers: [
      {
        server: "12D3KooWabcdefgh/1" as `12D3KooW/${number}` as never,
        kind: "cpu",
        state: "assigned",
        running: 1,
        done: 7,
        failed: 1,
        busyMs: 12,
        fn: "square",
      },
    ],
  },
};

function prompt() {
  const input = new PassThrough();
  const output = new PassThrough();
  let said = "";
  output.on("data", (text: Buffer) => (said += text.toString()));
  const { promise, resolve } = Promise.withResolvers<void>();
  const node = { status: () => STATUS, hold: vi.fn(), release: vi.fn(), idle: () => promise };
  const [end, interrupt] = [vi.fn(), vi.fn()];
  const handle = answerCommands({ input, output, node, name: "maxi", end, interrupt });
  const type = async (line: string): Promise<string> => {
    said = "";
    input.write(`${line}\n`);
    await vi.waitFor(() => expect(said).toContain("maxi> "), { timeout: 20_000 });
    return said;
  };
  const ended = async (): Promise<string> => {
    said = "";
    input.end();
    await finished(input);
    await new Promise(setImmediate);
    return said;
  };
  return { type, ended, node, end, handle, nothingRuns: resolve };
}

test("status says what the node, its machine and each server do", async () => {
  const { type } = prompt();
  const said = await type("status");
  expect(said).toContain("maxi: 1 server, 1 busy; takes work; scheduler …abcdefgh knows it");
  expect(said).toContain("50 % of CPU idle; free: memory 1.0 GiB, swap 0.0 GiB, disk 2.0 GiB");
  expect(said).toMatch(/1 cpu assigned 7 done, 1 failed · runs square/);
});

test("close takes no new work, open takes work again", async () => {
  const { type, node, end } = prompt();
  await type("close");
  expect(node.hold).toHaveBeenCalledOnce();
  await type("open");
  expect(node.release).toHaveBeenCalledOnce();
  expect(end).not.toHaveBeenCalled();
});

test("quit ends once nothing runs any more", async () => {
  const { type, node, end, nothingRuns } = prompt();
  await type("quit");
  expect(node.hold).toHaveBeenCalledOnce();
  expect(end).not.toHaveBeenCalled();
  nothingRuns();
  await vi.waitFor(() => expect(end).toHaveBeenCalledOnce(), { timeout: 20_000 });
});

test("terminate ends at once", async () => {
  const { type, end } = prompt();
  await type("terminate");
  expect(end).toHaveBeenCalledOnce();
});

test("anything else is answered with what there is", async () => {
  const { type, end } = prompt();
  expect(await type("reboot")).toContain('"reboot" is none of:\nstatus ');
  expect(end).not.toHaveBeenCalled();
});

test("when the input ends the node goes on, and says so", async () => {
  const { ended, end } = prompt();
  expect(await ended()).toContain("the node goes on");
  expect(end).not.toHaveBeenCalled();
});

test("nothing is said when the prompt ends with its node", async () => {
  const { handle, ended } = prompt();
  handle[Symbol.dispose]();
  expect(await ended()).toBe("");
});
