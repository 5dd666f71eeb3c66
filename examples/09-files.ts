/**
 * A file sent to another process, twice: the second time nothing has to cross. Then it is changed, and removed.
 *
 * Run:  npm run example -- 09
 * See:
 *   sent: stored
 *   sent again: unchanged
 *   another one of that name: FILE_EXISTS
 *   with overwrite: stored
 *   the receiver has reports/may.txt: "revised"
 *   removed: the folder is empty
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, isSkeinError, locate, type Peer, register, type Service, service, startPeer } from "skein";

/** The receiver: a peer with a folder for files, and services that say what is in it. */
async function receiver(invite: string, folder: string): Promise<void> {
  const peer = await startPeer({ name: "receiver", invite, listen: ["127.0.0.1:0"], files: folder });
  // What begins with a dot is the peer's own: parts of files that have not all come.
  register(
    "look",
    service("look", () => readdirSync(folder).filter((name) => !name.startsWith("."))),
  );
  register(
    "read",
    service("read", (_task, name: string) => readFileSync(join(folder, name), "utf8")),
  );
  process.stdin.once("end", () => void peer.close());
  process.stdin.resume();
}

async function sender(): Promise<void> {
  await using peer: Peer = await startPeer({ name: "sender", listen: ["127.0.0.1:0"] });
  const folder = mkdtempSync(join(tmpdir(), "skein-files-"));
  const other = command(process.execPath, [
    fileURLToPath(import.meta.url),
    await peer.invite({ roles: ["peer"] }),
    folder,
  ]);
  try {
    const to = await peer.locatePeer("receiver", { timeoutMs: 10_000 });
    const report = (text: string) => ({ name: "may.txt", bytes: new TextEncoder().encode(text) });
    console.log(`sent: ${(await peer.sendFile(to, report("first"), { to: "reports" })).state}`);
    console.log(`sent again: ${(await peer.sendFile(to, report("first"), { to: "reports" })).state}`);
    try {
      await peer.sendFile(to, report("revised"), { to: "reports" });
    } catch (error) {
      if (isSkeinError(error)) console.log(`another one of that name: ${error.code}`);
    }
    const { state } = await peer.sendFile(to, report("revised"), { to: "reports", overwrite: true });
    console.log(`with overwrite: ${state}`);
    const read = await locate<Service<[name: string], string>>("read");
    console.log(`the receiver has reports/may.txt: "${await read.call(["reports/may.txt"])}"`);
    await peer.removeFile(to, "may.txt", { to: "reports" });
    const look = await locate<Service<[], string[]>>("look");
    console.log(`removed: ${(await look.call()).length === 0 ? "the folder is empty" : "something is left"}`);
  } finally {
    other.end();
    await other.exit();
    rmSync(folder, { recursive: true });
  }
}

const [invite, folder = ""] = process.argv.slice(2);
await (invite === undefined ? sender() : receiver(invite, folder));
