/** The names of a runtime: one space each for tasks, channels and services. */
import type { Location, Role } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { limitsFrom } from "../task/limits.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { LocalRef } from "../task/task-ref.ts";
import { Wait } from "../task/wait.ts";
import { LocalChannel } from "./local-channel.ts";
import { RemoteChannel } from "./remote-channel.ts";

export type NameKind = "task" | "channel" | "service";

export interface RegisterOptions {
  /** Who else may locate it, by role; this process always may. Default: every member but tabs. */
  readonly who?: readonly Role[];
}

export interface LocateOptions extends WaitOptions {
  /** Where to ask; without it, everybody this peer knows. */
  readonly at?: Location | PeerId;
  /** Default: whichever there is, tasks first. */
  readonly kind?: NameKind;
}

/** Finds names at other peers; the peer layer attaches one. */
export interface Locator {
  locate(name: string, options: LocateOptions): Operation<unknown>;
  locateAll(name: string, options: LocateOptions): Operation<readonly unknown[]>;
}

interface Entry {
  readonly value: object;
  readonly who: readonly Role[] | undefined;
  /** Stops waiting for its task's end, or its channel's. */
  readonly ending: Disposable | undefined;
}

const KINDS: readonly NameKind[] = ["task", "channel", "service"];
/** Longest name. */
const NAME_LIMIT = 200;

export class NameTable {
  readonly #spaces: Readonly<Record<NameKind, Map<string, Entry>>> = {
    task: new Map(),
    channel: new Map(),
    service: new Map(),
  };
  readonly #waits = new Set<NameWait>();
  /** Finds what isn't here, while this runtime belongs to a peer. */
  locator: Locator | undefined = undefined;

  /** @throws {SkeinError} `NAME_TAKEN`, `OPTION_INVALID`, `TASK_UNKNOWN`, `CHANNEL_CLOSED` */
  register(name: string, thing: object, { who }: RegisterOptions = {}): void {
    if (name.length === 0 || name.length > NAME_LIMIT) throw badName(name);
    const value = referenceOf(thing);
    const kind = kindOf(value);
    const space = this.#spaces[kind];
    const before = space.get(name);
    if (before !== undefined) {
      if (before.value === value) return;
      throw new SkeinError("NAME_TAKEN", `another ${kind} is registered as "${name}"`, {
        hint: "choose another name, or unregister that one first",
      });
    }
    let ended = false;
    const free = (): void => {
      ended = true;
      if (space.get(name)?.value === value) space.delete(name);
    };
    const ending =
      value instanceof LocalRef ? value.onEnd(free) : value instanceof LocalChannel ? value.onClose(free) : undefined;
    if (value instanceof LocalChannel && value.closed) {
      throw new SkeinError("CHANNEL_CLOSED", `the channel to register as "${name}" is closed`, {
        hint: "register it while it is open",
      });
    }
    if (ended) {
      throw new SkeinError("TASK_UNKNOWN", `the task to register as "${name}" has ended`, {
        hint: "register it while it runs",
      });
    }
    space.set(name, { value, who, ending });
    for (const wait of this.#waits) wait.offer(name, kind, value);
  }

  /** Frees a name; one that isn't taken stays so. Without `kind`, in every space. */
  unregister(name: string, kind?: NameKind): void {
    for (const one of kind === undefined ? KINDS : [kind]) {
      const entry = this.#spaces[one].get(name);
      entry?.ending?.[Symbol.dispose]();
      this.#spaces[one].delete(name);
    }
  }

  lookup(name: string, kind?: NameKind): object | undefined {
    return this.#find(name, kind)?.value;
  }

  /** What a peer with these roles may find. */
  lookupFor(roles: readonly Role[], name: string, kind?: NameKind): object | undefined {
    const entry = this.#find(name, kind);
    if (entry === undefined) return undefined;
    const allowed = entry.who === undefined ? !onlyTab(roles) : entry.who.some((role) => roles.includes(role));
    return allowed ? entry.value : undefined;
  }

  /** Waits for a name to be registered here. */
  wait(name: string, options: LocateOptions): Wait<object> {
    return new NameWait(this, this.#waits, name, options);
  }

  /** Every registered name, for inspection. */
  list(): readonly { readonly name: string; readonly kind: NameKind }[] {
    return KINDS.flatMap((kind) => [...this.#spaces[kind].keys()].map((name) => ({ name, kind })));
  }

  #find(name: string, kind: NameKind | undefined): Entry | undefined {
    for (const one of kind === undefined ? KINDS : [kind]) {
      const entry = this.#spaces[one].get(name);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

/** The key of an engine's {@link NameTable}. */
export const nameTable = (_engine: Engine): NameTable => new NameTable();

class NameWait extends Wait<object> {
  readonly #table: NameTable;
  readonly #waits: Set<NameWait>;
  readonly #name: string;
  readonly #kind: NameKind | undefined;

  constructor(table: NameTable, waits: Set<NameWait>, name: string, options: LocateOptions) {
    super(limitsFrom(options));
    this.#table = table;
    this.#waits = waits;
    this.#name = name;
    this.#kind = options.kind;
  }

  protected begin(): boolean {
    this.result = this.#table.lookup(this.#name, this.#kind);
    if (this.result !== undefined) return true;
    this.#waits.add(this);
    return false;
  }

  protected abandon(): void {
    this.#waits.delete(this);
  }

  offer(name: string, kind: NameKind, value: object): void {
    if (name !== this.#name || (this.#kind !== undefined && kind !== this.#kind)) return;
    this.#waits.delete(this);
    this.settle(value);
  }

  describe(): string {
    return `the name "${this.#name}"`;
  }
}

/** A server process has no roles of its own, and may find what its node may. */
function onlyTab(roles: readonly Role[]): boolean {
  return roles.length > 0 && roles.every((role) => role === "tab" || role === "viewer");
}

/** A task's handle stands for its reference. */
function referenceOf(thing: object): object {
  if ("ref" in thing && (thing.ref instanceof LocalRef || thing.ref instanceof RemoteRef)) return thing.ref;
  return thing;
}

function kindOf(value: object): NameKind {
  if (value instanceof LocalRef || value instanceof RemoteRef) return "task";
  if (value instanceof LocalChannel || value instanceof RemoteChannel) return "channel";
  if ("call" in value && "stream" in value) return "service";
  throw new SkeinError("OPTION_INVALID", "only tasks, channels and services can be registered", {
    hint: "pass a task, its ref, a channel or a service",
  });
}

function badName(name: string): SkeinError {
  return new SkeinError("OPTION_INVALID", `a name has 1 to ${NAME_LIMIT} characters, this one ${name.length}`, {
    hint: "choose a shorter name",
  });
}
