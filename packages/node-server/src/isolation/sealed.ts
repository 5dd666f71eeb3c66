/** The command that runs a program in namespaces of its own: bubblewrap, with the little of the system that Node needs. */
import { lstatSync, readlinkSync } from "node:fs";
import type { Allow } from "@skein/runtime";
import type { ServerFolder } from "./server-folder.ts";

export const BUBBLEWRAP = "bwrap";

/** Programs and libraries. Where one is a link, as on merged systems, it is one inside too. */
const SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];
/** Where libraries look for what they need to know; nothing about users. */
const SETTINGS = ["/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/nix/store"];
/** For names and certificates, where the network is allowed. */
const NETWORK = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl",
  "/etc/pki",
  "/etc/ca-certificates",
];

export interface SealedOptions {
  readonly folder: ServerFolder;
  readonly allow: Allow;
  /** What is seen of the node beside the system: skein, packages, the program. */
  readonly reads: readonly string[];
}

/** What stands before the program and its arguments. It ends with this process, and everything in it ends with it. */
export function sealedCommand({ folder, allow, reads }: SealedOptions): readonly string[] {
  const words = [BUBBLEWRAP, "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"];
  if (allow.net === true) words.push("--share-net");
  words.push("--hostname", "skein", "--ro-bind", "/usr", "/usr");
  for (const path of SYSTEM) words.push(...systemPath(path));
  words.push("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp");
  for (const path of [...SETTINGS, ...(allow.net === true ? NETWORK : [])]) words.push("--ro-bind-try", path, path);
  for (const path of [...reads, ...(allow.read ?? [])]) words.push("--ro-bind-try", path, path);
  for (const path of allow.write ?? []) words.push("--bind-try", path, path);
  words.push("--ro-bind", folder.path, folder.path);
  for (const path of [folder.files, folder.work, folder.temporary]) words.push("--bind", path, path);
  return [...words, "--chdir", folder.work, "--"];
}

function systemPath(path: string): readonly string[] {
  try {
    return lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
  } catch {
    return []; // this system has none
  }
}
