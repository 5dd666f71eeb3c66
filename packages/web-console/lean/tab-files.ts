/** In place of files between peers, in the join page: a tab is given no folder, and says so to who sends it one. */
import type { Procedures } from "../../runtime/src/contracts/procedures.ts";
import { SkeinError } from "../../runtime/src/errors.ts";
import { FILE_LOOK, FILE_PUT, FILE_REMOVE } from "../../runtime/src/peer/files-words.ts";
import type { Files as Full } from "../../runtime/src/peer/files.ts";
import { notHere } from "./not-here.ts";

export class Files implements Pick<Full, keyof Full> {
  readonly #handled: readonly Disposable[];

  constructor({ procedures }: { readonly procedures: Procedures }) {
    this.#handled = [FILE_LOOK, FILE_PUT, FILE_REMOVE].map((name) =>
      procedures.handle(name, { parse: () => undefined }, refuse),
    );
  }

  send(): never {
    throw notHere("files");
  }

  remove(): never {
    throw notHere("files");
  }

  close(): void {
    for (const handled of this.#handled) handled[Symbol.dispose]();
  }
}

export { ownersOf } from "./files.ts";

function refuse(): never {
  throw new SkeinError("ABILITY_NOT_GRANTED", "this peer takes no files", { hint: "send them to a node" });
}
