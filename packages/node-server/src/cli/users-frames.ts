/** Of an error's stack, the lines of the program's author. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** So many say where an error came from. */
const FRAMES_SHOWN = 5;
/** Where our packages are; what stands in their sources is of no use to the program's author. */
const PACKAGES = dirname(fileURLToPath(new URL("../..", import.meta.url)));

/** The lines of the stack that are not Node's, ours, of installed packages, or of the language itself. */
export function usersFrames(error: Error): readonly string[] {
  const lines = error.stack?.split("\n").map((line) => line.trim()) ?? [];
  return lines.filter((line) => line.startsWith("at ") && isUsers(line)).slice(0, FRAMES_SHOWN);
}

const isUsers = (line: string): boolean =>
  !/\(node:|at node:|[\\/]node_modules[\\/]|<anonymous>\)?$/.test(line) &&
  !(line.includes(PACKAGES) && /[\\/](?:src|dist)[\\/]/.test(line));
