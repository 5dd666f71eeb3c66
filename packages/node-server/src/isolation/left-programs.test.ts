import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endLeftPrograms, SERVER_MARK } from "./left-programs.ts";

const isLinux = process.platform === "linux";

test.skipIf(!isLinux)(
  "programs that have left the group of their server are ended by its mark, others are not",
  async () => {
    const folder = `/nowhere/${process.pid}`;
    const start = (mark: string) =>
      spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: { ...process.env, [SERVER_MARK]: mark } });
    const [left, other] = [start(`${folder}/a1`), start(`${folder}/a12`)];
    await Promise.all([once(left, "spawn"), once(other, "spawn")]);
    const ended = once(left, "exit");
    expect(await endLeftPrograms(`${folder}/a1`)).toBe(1);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(other.exitCode ?? other.signalCode).toBe(null);
    const last = once(other, "exit");
    expect(await endLeftPrograms(folder)).toBe(1);
    await last;
    expect(await endLeftPrograms(folder)).toBe(0);
  },
);
