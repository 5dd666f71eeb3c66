/** In place of the names of this process: a page that watches registers nothing. */
import type { NameTable as Full } from "../../runtime/src/message/names.ts";
import { notHere } from "./not-here.ts";

export class NameTable implements Pick<Full, keyof Full> {
  locator: Full["locator"] = undefined;

  register(): never {
    throw notHere("names");
  }

  unregister(): void {}

  watch(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  lookup(): undefined {
    return undefined;
  }

  lookupFor(): undefined {
    return undefined;
  }

  wait(): never {
    throw notHere("names");
  }

  registered(): readonly never[] {
    return [];
  }

  list(): readonly never[] {
    return [];
  }
}

export const nameTable = (): NameTable => new NameTable();
