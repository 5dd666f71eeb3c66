/** How references, channels and services show themselves to people: as text, and where a host prints objects. */
import type { Endpoint } from "../contracts/endpoint.ts";

/** What Node asks an object for before it prints it with all that it has. */
const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");

interface Shown {
  readonly name: string;
  /** Of what is elsewhere. */
  readonly endpoint?: Endpoint;
}

/** Has instances of `Class` show themselves as `TaskRef(echo)`, or `TaskRef(echo at 12D3Koo…)` for those elsewhere. */
export function showAs(kind: string, Class: { readonly prototype: Shown }): void {
  function show(this: Shown): string {
    const where = this.endpoint === undefined ? "" : ` at ${this.endpoint.peer}`;
    return `${kind}(${this.name === "" ? "unnamed" : this.name}${where})`;
  }
  for (const key of ["toString", INSPECT]) {
    Object.defineProperty(Class.prototype, key, { value: show, configurable: true, writable: true });
  }
}
