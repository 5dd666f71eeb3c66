/** In place of files between peers: a page that watches sends none and keeps none. */
import type { Files as Full } from "../../runtime/src/peer/files.ts";
import { notHere } from "./not-here.ts";

export class Files implements Pick<Full, keyof Full> {
  send(): never {
    throw notHere("files");
  }

  remove(): never {
    throw notHere("files");
  }

  close(): void {}
}

export const ownersOf = (): readonly string[] => [];
