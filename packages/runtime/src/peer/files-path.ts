/** Where a file from another peer may go: checks of names, the same on every system, so that a name means the same everywhere. */
import { FILE_DEPTH_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";

/** Folders and the file's name, below what a store calls its own. Each was checked. */
export type FilePath = readonly string[];

/** Most bytes of one name in UTF-8: what file systems take. */
const NAME_LIMIT_BYTES = 255;
/** The folder in which a store keeps what has not all come. */
export const PARTS_FOLDER = ".skein-parts";

// Devices on Windows, whatever follows the first dot.
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?: *\.|$)/i;
// What Windows refuses in names; `/` and `\` among them.
const FORBIDDEN = /[\p{Cc}"*/:<>?\\|]/u;

/**
 * Checks the relative folder and the name of a file; pure.
 *
 * @throws {SkeinError} `PATH_FORBIDDEN` for what is absolute, leads upwards, or no system-independent name
 */
export function filePath(name: string, to = ""): FilePath {
  if (to.startsWith("/")) throw forbidden(to, "is not relative");
  const path = [...to.split("/").filter((part) => part !== ""), name];
  if (path.length > FILE_DEPTH_LIMIT) throw forbidden(to, `is more than ${FILE_DEPTH_LIMIT} folders deep`);
  for (const part of path) checkName(part);
  checkFirst(path[0]);
  return path;
}

/** Checks what is at the top of a store. @throws {SkeinError} `PATH_FORBIDDEN` for the store's own folder */
export function checkFirst(part: unknown): void {
  if (typeof part !== "string" || part.toLowerCase() !== PARTS_FOLDER) return;
  throw forbidden(PARTS_FOLDER, "is for files that have not all come");
}

/** The same for names that differ only in case, which some systems hold for one. */
export const pathKey = (path: FilePath): string => path.join("/").toLowerCase();

function checkName(part: string): void {
  if (part === "") throw forbidden(part, "is empty");
  if (part === "." || part === "..") throw forbidden(part, "leads elsewhere");
  if (/[/\\]/.test(part)) throw forbidden(part, "leads elsewhere: folders go into the option to");
  if (FORBIDDEN.test(part)) throw forbidden(part, "has a character that names can't have everywhere");
  if (!part.isWellFormed()) throw forbidden(part, "is no text");
  if (part.normalize("NFC") !== part) throw forbidden(part, "is not in Unicode's composed form (NFC)");
  if (/[. ]$/.test(part)) throw forbidden(part, "ends in a dot or a space");
  if (DEVICE.test(part)) throw forbidden(part, "is a device on Windows");
  if (utf8Bytes(part) > NAME_LIMIT_BYTES) throw forbidden(part, `has more than ${NAME_LIMIT_BYTES} bytes`);
}

/** Without making the bytes: a name may be anything that came. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else bytes += code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export function forbidden(part: string, why: string): SkeinError {
  return new SkeinError("PATH_FORBIDDEN", `${JSON.stringify(part.slice(0, 100))} ${why}`, {
    hint: "files go into a relative folder, under a name that every system takes",
  });
}
