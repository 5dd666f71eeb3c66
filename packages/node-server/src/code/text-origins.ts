/** Where a function stands of which only the text is known: in the one place of the loaded files that has it. */
import type { Origins } from "@skein/runtime/host";
import { placesOfText } from "./inspect-function.ts";
import { writtenAt } from "./source-file.ts";

/** Leads lines and columns of the text, from 1, to its file; `undefined` where it stands nowhere, or more than once. */
export function originsOfText(text: string): Origins | undefined {
  const [place, another] = placesOfText(text);
  if (place === undefined || another !== undefined) return undefined;
  return (line, column) => {
    const shift = line === 1 ? place.column : 0;
    const found = writtenAt({ script: place.script, line: place.line + line - 1, column: shift + column - 1 });
    return found && { file: found.file, line: found.line + 1, column: found.column + 1 };
  };
}
