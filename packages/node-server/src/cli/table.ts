/** Tables for people: columns, no lines; nothing in them may move a terminal's cursor. */
import Table from "cli-table3";
import { styled } from "./output.ts";

/** Names come from others: nothing in them may move a terminal's cursor or change its colours. */
export const printable = (text: string): string => text.replaceAll(/\p{C}/gu, "?");

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: head.map((word) => styled("bold", word)),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  drawn.push(...rows.map((row) => row.map(printable)));
  return drawn.toString().replaceAll(/ +$/gm, "");
}
