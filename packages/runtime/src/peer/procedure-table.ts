/** The procedures one process answers: by name, with who may call them. */
import type { Endpoint, Role } from "../contracts/endpoint.ts";
import type { Caller, ProcedureOptions } from "../contracts/procedures.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import type { Asking } from "./conversation.ts";
import { rolesOfMask } from "./membership.ts";

interface Procedure {
  readonly parse: (args: unknown) => unknown;
  readonly roles: readonly Role[] | undefined;
  readonly partly: boolean;
  /** What answered before, and still does those whom this one does not take. */
  readonly before: Procedure | undefined;
  readonly takes: ((from: Endpoint) => boolean) | undefined;
  readonly run: (args: unknown, caller: Caller) => unknown;
}

export class ProcedureTable {
  readonly #byName = new Map<string, Procedure>();

  /** @throws {SkeinError} `NAME_TAKEN` */
  add<A>(name: string, options: ProcedureOptions<A>, handler: (args: A, caller: Caller) => unknown): Disposable {
    const before = this.#byName.get(name);
    if (before !== undefined && options.instead === undefined) {
      throw new SkeinError("NAME_TAKEN", `the procedure ${name} is handled already`, { hint: "dispose of the first" });
    }
    const procedure: Procedure = {
      parse: options.parse,
      roles: options.roles,
      partly: options.partly === true,
      before,
      takes: options.instead,
      // `parse` made what `run` is given, so it is an A.
      run: (args, caller) => handler(args as A, caller),
    };
    this.#byName.set(name, procedure);
    return {
      [Symbol.dispose]: () => {
        if (this.#byName.get(name) !== procedure) return;
        if (before === undefined) this.#byName.delete(name);
        else this.#byName.set(name, before);
      },
    };
  }

  /** Whether it wants arguments of which a part can't be read. */
  takesPartly(name: unknown): boolean {
    return typeof name === "string" && (this.#byName.get(name)?.partly ?? false);
  }

  /**
   * Runs a procedure for an authenticated caller; gives what its handler gives.
   *
   * @throws {SkeinError} `NAME_UNKNOWN`, `ROLE_FORBIDS`, `WIRE_INVALID`, or what the handler throws
   */
  run(name: string, args: unknown, from: Endpoint, rolesMask: number, partly = false, asking?: Asking): unknown {
    const named = this.#byName.get(name);
    const procedure = named?.takes?.(from) === false ? named.before : named;
    if (procedure === undefined) {
      throw new SkeinError("NAME_UNKNOWN", `nothing here answers ${name}`, {
        hint: "the other side may run another version, or hasn't started that part",
      });
    }
    const roles = rolesOfMask(rolesMask);
    if (procedure.roles !== undefined && !procedure.roles.some((role) => roles.includes(role))) {
      throw new SkeinError("ROLE_FORBIDS", `${name} needs one of the roles ${procedure.roles.join(", ")}`, {
        hint: `you hold ${roles.length === 0 ? "none" : roles.join(", ")}; join with an invite for another role`,
      });
    }
    const caller = new AuthenticCaller(from, roles, partly, asking);
    return procedure.run(narrow(procedure, name, args), caller);
  }
}

class AuthenticCaller implements Caller {
  readonly endpoint: Endpoint;
  readonly roles: readonly Role[];
  readonly #partly: boolean;
  readonly #asking: Asking | undefined;

  constructor(endpoint: Endpoint, roles: readonly Role[], partly: boolean, asking: Asking | undefined) {
    this.endpoint = endpoint;
    this.roles = roles;
    this.#partly = partly;
    this.#asking = asking;
  }

  get partly(): boolean {
    return this.#partly;
  }

  get signal(): AbortSignal | undefined {
    return this.#asking?.signal;
  }
}

function narrow(procedure: Procedure, name: string, args: unknown): unknown {
  try {
    return procedure.parse(args);
  } catch (error) {
    if (isSkeinError(error)) throw error;
    throw new SkeinError("WIRE_INVALID", `malformed arguments for ${name}`, {
      hint: "check that both sides run the same version of skein",
      cause: error,
    });
  }
}
