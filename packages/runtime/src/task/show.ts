/** How what users hold shows itself to people: as text, and where a host prints objects. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Router } from "../contracts/router.ts";

/** What Node asks an object for before it prints it with all that it has. */
const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");

interface Shown {
  readonly name: string;
  /** Of what is elsewhere. */
  readonly endpoint?: Endpoint;
  readonly engine?: { readonly router?: Router | undefined };
}

/** Has instances of `Class` show themselves as `TaskRef(echo)`, or `TaskRef(echo at "nina" (…a1b2c3d4))` for those elsewhere. */
export function showAs(kind: string, Class: { readonly prototype: Shown }): void {
  showBy(Class, ({ name, endpoint, engine }) => {
    const where = endpoint === undefined ? "" : ` at ${engine?.router?.show?.(endpoint) ?? endpoint.peer}`;
    return `${kind}(${name === "" ? "unnamed" : name}${where})`;
  });
}

/** Has instances of `Class` show themselves by this text: short, and without what is inside. */
export function showBy<T extends object>(Class: { readonly prototype: T }, text: (it: T) => string): void {
  function show(this: T): string {
    return text(this);
  }
  for (const key of ["toString", INSPECT]) {
    Object.defineProperty(Class.prototype, key, { value: show, configurable: true, writable: true });
  }
}
