/**
 * `remote-file`: a file of 100 MB from a disk of one process to that of another, hashed on its way, beside its bytes alone
 * over the bare mechanisms.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Location, startPeer } from "skein";
import { bareSides } from "./bare-all.ts";
import { bareBytes } from "./bare-bytes.ts";
import { firstLine } from "./first-line.ts";
import { runBench } from "./harness.ts";

const BYTES = 100_000_000;

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(process.env["BENCH_FOLDER"] ?? tmpdir(), "skein-bench-"));
  const script = new URL("./remote-file-peer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, join(folder, "inbox")], { stdio: ["pipe", "pipe", "inherit"] });
  const { location, invite }: { readonly location: Location; readonly invite: string } = JSON.parse(
    await firstLine(child),
  );
  const peer = await startPeer({ invite });
  const path = join(folder, "large.bin");
  writeFileSync(path, Buffer.alloc(BYTES, 7));
  const bare = await bareSides(
    (kind) => bareBytes(kind, BYTES),
    (bytes) => () => bytes.send(),
  );
  let count = 0;
  try {
    await runBench({
      bench: "remote-file",
      ours: async () => {
        count += 1;
        await peer.sendFile(location, path, { to: `round-${count}` });
        return BYTES;
      },
      ...bare,
      unit: "1/s",
    });
  } finally {
    await peer.close();
    child.stdin.end();
    await bare.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
