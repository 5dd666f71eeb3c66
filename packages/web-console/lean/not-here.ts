/** What this page has not, because it only watches and acts. */
import { SkeinError } from "../../runtime/src/errors.ts";

export const notHere = (what: string): SkeinError =>
  new SkeinError("RUNTIME_WRONG", `this page knows no ${what}`, { hint: "do it from a program: connect()" });
