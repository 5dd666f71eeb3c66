/** Looks at a machine through ssh: whether it lets us in, which Node it has, what its clock says. */
import { execFile } from "node:child_process";
import { SECOND_MS, SkeinError } from "@skein/runtime";
import { type AboutHost, parseAbout } from "./about-host.ts";
import { sshAddress } from "./ssh-address.ts";

/** Logging in and starting Node. */
const SSH_TIMEOUT_MS: number = 20 * SECOND_MS;
const CONNECT_SECONDS = 10;
const TOLD_LIMIT_BYTES = 65_536;
/** What the other machine's Node is asked; one word for the remote shell. */
const QUESTION =
  "console.log(JSON.stringify({node:process.versions.node,platform:process.platform+String.fromCharCode(45)+process.arch,wallMs:Date.now()}))";

/**
 * Asks the machine's Node, by the system's ssh with the user's own configuration and keys; it never asks for a password.
 *
 * @throws {SkeinError} `HOST_UNREACHABLE` with what ssh said; `OPTION_INVALID`
 */
export async function askBySsh(address: string): Promise<AboutHost> {
  const { words, node } = sshAddress(address);
  const options = ["-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_SECONDS}`, ...words];
  const told = await new Promise<string>((resolve, reject) => {
    execFile(
      "ssh",
      [...options, node, "-e", `'${QUESTION}'`],
      { timeout: SSH_TIMEOUT_MS, maxBuffer: TOLD_LIMIT_BYTES },
      (error, output, errors) => {
        if (error === null) resolve(output);
        else reject(unreachable(address, errors.trim() || error.message, error));
      },
    );
  });
  try {
    // Whatever the shell there prints first is not ours.
    return parseAbout(JSON.parse(told.trim().split("\n").at(-1) ?? ""));
  } catch (error) {
    throw unreachable(address, "Node there printed something else than asked for", error);
  }
}

const unreachable = (address: string, said: string, cause: unknown): SkeinError =>
  new SkeinError("HOST_UNREACHABLE", `${address}: ${said.slice(0, 500)}`, {
    hint: "try ssh by hand; it must work without a password, and find node (add ?node=/path/to/node)",
    cause,
  });
