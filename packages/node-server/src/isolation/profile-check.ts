/** Whether this machine can keep what a profile promises; a node that can't does not start. */
import { spawnSync } from "node:child_process";
import { type Allow, type Isolation, SkeinError } from "@skein/runtime";
import type { Confinement } from "@skein/runtime/host";
import { BUBBLEWRAP } from "./sealed.ts";
import { FIRST_UID } from "./uid-range.ts";

/** Before these, code could leave its folder by a link that leads back (CVE-2025-55130). By major version; later ones are fine. */
const NODE_FROM: Readonly<Record<number, number>> = { 24: 13, 25: 3 };
/** How long a program that is only looked at may take. */
const LOOK_MS = 5000;

export interface ProfileCheckOptions {
  /** The program of server processes. */
  readonly entry: string;
  /** Default: this process's. */
  readonly nodeVersion?: string;
  readonly platform?: NodeJS.Platform;
}

/** @throws {SkeinError} `OPTION_INVALID` that says what to do */
export function checkProfile(isolation: Isolation, options: ProfileCheckOptions): void {
  const { nodeVersion = process.versions.node, platform = process.platform } = options;
  if (isolation === "trusted") return;
  if (!hasPermissions(nodeVersion)) {
    throw cannot(isolation, `Node ${nodeVersion} can't confine code`, "install Node 24.13 or later");
  }
  if (isolation === "guarded") return;
  if (platform === "win32") {
    throw cannot(isolation, "Windows has nothing to do it with", "choose --isolation guarded");
  }
  if (isolation === "uid") checkUids(options.entry);
  else checkSealed(platform);
}

/**
 * What a node announces that confines so. Where Node can't keep code from the network, code has it without asking, and
 * the node says so.
 */
export function offerOf(isolation: Isolation, allow: Allow): Confinement {
  if (isolation === "trusted") return { isolation, allow: {} };
  const open = isolation !== "sealed" && !process.allowedNodeEnvironmentFlags.has("--allow-net");
  return { isolation, allow: open ? { ...allow, net: true } : allow };
}

function hasPermissions(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const from = NODE_FROM[major];
  return from === undefined ? major > 25 : minor >= from;
}

function checkUids(entry: string): void {
  const script = 'test -x "$1" && test -r "$2"';
  const ran = look(["/bin/sh", "-c", script, "sh", process.execPath, entry], FIRST_UID);
  if (ran === 0) return;
  if (ran === undefined) {
    throw cannot(
      "uid",
      `this node may not start processes as other users (tried ${FIRST_UID})`,
      "start it as root, for example by systemd, or choose --isolation guarded or sealed",
    );
  }
  throw cannot(
    "uid",
    `other users can't read Node (${process.execPath}) or skein (${entry})`,
    "install both where everybody may read them, for example in /usr/local",
  );
}

function checkSealed(platform: NodeJS.Platform): void {
  if (platform !== "linux") {
    throw cannot("sealed", "only Linux has the namespaces for it", "choose --isolation guarded or uid");
  }
  const uid = process.getuid?.() === 0 ? FIRST_UID : undefined;
  const ran = look(
    [BUBBLEWRAP, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/sh", "-c", ":"],
    uid,
  );
  if (ran === 0) return;
  throw ran === "missing"
    ? cannot(
        "sealed",
        "bubblewrap is not installed",
        "install it (Debian: apt install bubblewrap), or choose --isolation guarded or uid",
      )
    : cannot(
        "sealed",
        "bubblewrap could not make namespaces here",
        "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), in a container give it the privilege, or choose --isolation guarded or uid",
      );
}

/** Exit code; `missing` when there is no such program, `undefined` when it could not be started. */
function look([command = "", ...args]: readonly string[], uid: number | undefined): number | "missing" | undefined {
  const as = uid === undefined ? {} : { uid, gid: uid };
  const { status, error } = spawnSync(command, args, {
    stdio: "ignore",
    timeout: LOOK_MS,
    env: process.env,
    cwd: "/",
    ...as,
  });
  if (error !== undefined) return "code" in error && error.code === "ENOENT" ? "missing" : undefined;
  return status ?? undefined;
}

const cannot = (isolation: Isolation, why: string, hint: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `this machine can't run code ${isolation}: ${why}`, { hint });
