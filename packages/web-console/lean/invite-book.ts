/** In place of the invites that the holder of a cluster's key has made: no page holds one. */
import type { InviteBook as Full } from "../../runtime/src/peer/invite-book.ts";
import { notHere } from "./not-here.ts";

export class InviteBook implements Pick<Full, keyof Full> {
  made(): never {
    throw notHere("invites of its own");
  }

  joined(): never {
    throw notHere("invites of its own");
  }

  list(): never {
    throw notHere("invites of its own");
  }

  onChange(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  changed(): void {}
}
