/** What the command prints: results to standard output, everything else to standard error; colours where a terminal wants them. */
import { styleText } from "node:util";
import { isSkeinError } from "@skein/runtime";

type Style = Parameters<typeof styleText>[0];

/** `text` in a style, where standard output is a terminal and neither NO_COLOR nor NODE_DISABLE_COLORS is set. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export function print(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON value a line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function say(text: string): void {
  process.stderr.write(`skein: ${text}\n`);
}

/** An error as people read it: what happened, then what to do. With `SKEIN_DEBUG` its stack and causes too. */
export function sayError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = isSkeinError(error) ? ` (${error.code})` : "";
  const red = (text: string): string => styleText("red", text, { stream: process.stderr });
  process.stderr.write(`skein: ${red(message)}${code}\n`);
  if (isSkeinError(error)) process.stderr.write(`       ${error.hint}\n`);
  if (process.env["SKEIN_DEBUG"] !== undefined && error instanceof Error) console.error(error);
  else if (!isSkeinError(error) && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
}
