/** Marks in what a server process prints, by which its node knows whose task a line is. They are taken out again there. */
import type { TaskId } from "@skein/runtime";
import { isTaskId } from "@skein/runtime/host";

/** Two separators that text does not have; between them a task's id, or nothing where none is known. */
const START = "\u001E";
const END = "\u001F";
/** In place of an id: what came before is no matter of what runs now. */
const FRESH = "-";
const MARK = new RegExp(`${START}(t_[0-9a-z]{26}|${FRESH})?${END}`, "g");
/** All that a process may leave behind that printed nothing more. */
export const FRESH_MARK: string = `${START}${FRESH}${END}`;

type Write = NodeJS.WriteStream["write"];

/**
 * Has `stream` say before a text whose it is, each time that changes. What it gives has it say that something else runs
 * now, if anything was printed since.
 *
 * @example
 * markOutput(process.stdout, () => server.speaker());
 */
export function markOutput(stream: Pick<NodeJS.WriteStream, "write">, speaker: () => TaskId | undefined): () => void {
  const write: Write = stream.write.bind(stream);
  let last: TaskId | undefined;
  let printed = false;
  const marked = (...given: Parameters<Write>): boolean => {
    const task = speaker();
    printed = true;
    if (task !== last) {
      last = task;
      write(`${START}${task ?? ""}${END}`);
    }
    return write(...given);
  };
  // The overloads of `write` differ in what may be left out only.
  stream.write = marked as Write;
  return () => {
    if (printed) write(FRESH_MARK);
    printed = false;
  };
}

/** Takes the marks out of the lines of one stream, in order. */
export class MarkReader {
  #task: TaskId | undefined;

  /** With `fresh`, what was read before is no matter of what runs now. */
  read(line: string): { readonly text: string; readonly task?: TaskId; readonly fresh?: true } {
    let fresh = false;
    const text = line.replaceAll(MARK, (_mark, id: string | undefined) => {
      if (id === FRESH) fresh = true;
      else this.#task = isTaskId(id) ? id : undefined;
      return "";
    });
    return { text, ...(this.#task === undefined ? {} : { task: this.#task }), ...(fresh ? { fresh } : {}) };
  }
}
