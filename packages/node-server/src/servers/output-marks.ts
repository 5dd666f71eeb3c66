/** Marks in what a server process prints, by which its node knows whose task a line is. They are taken out again there. */
import type { TaskId } from "@skein/runtime";
import { isTaskId } from "@skein/runtime/host";

/** Two separators that text does not have; between them a task's id, or nothing where none is known. */
const START = "\u001E";
const END = "\u001F";
const MARK = new RegExp(`${START}(t_[0-9a-z]{26})?${END}`, "g");

type Write = NodeJS.WriteStream["write"];

/**
 * Has `stream` say before a text whose it is, each time that changes.
 *
 * @example
 * markOutput(process.stdout, () => server.speaker());
 */
export function markOutput(stream: Pick<NodeJS.WriteStream, "write">, speaker: () => TaskId | undefined): void {
  const write: Write = stream.write.bind(stream);
  let last: TaskId | undefined;
  const marked = (...given: Parameters<Write>): boolean => {
    const task = speaker();
    if (task !== last) {
      last = task;
      write(`${START}${task ?? ""}${END}`);
    }
    return write(...given);
  };
  // The overloads of `write` differ in what may be left out only.
  stream.write = marked as Write;
}

/** Takes the marks out of the lines of one stream, in order. */
export class MarkReader {
  #task: TaskId | undefined;

  read(line: string): { readonly text: string; readonly task?: TaskId } {
    const text = line.replaceAll(MARK, (_mark, id: string | undefined) => {
      this.#task = isTaskId(id) ? id : undefined;
      return "";
    });
    return this.#task === undefined ? { text } : { text, task: this.#task };
  }
}
