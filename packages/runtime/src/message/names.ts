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
import { channelTable } from "./channel-table.ts";
import { LocalChannel } from "./local-channel.ts";
import { LocalService } from "./local-service.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { RemoteService } from "./remote-service.ts";
import { mayUse } from "./service-access.ts";

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

/** Is told of every name that is registered or freed. */
export interface NameWatcher {
  registered(name: string, kind: NameKind, who: readonly Role[] | undefined): void;
  freed(name: string, kind: NameKind): void;
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
  readonly #watchers = new Set<NameWatcher>();
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
      if (space.get(name)?.value === value) this.#free(name, kind);
    };
    if ((value instanceof LocalChannel || value instanceof LocalService) && value.closed) throw value.closedError();
    const ending = whenEnded(value, free);
    if (ended) {
      throw new SkeinError("TASK_UNKNOWN", `the task to register as "${name}" has ended`, {
        hint: "register it while it runs",
      });
    }
    const limited = who ?? (value instanceof LocalService ? value.who : undefined);
    space.set(name, { value, who: limited, ending });
    for (const watcher of this.#watchers) watcher.registered(name, kind, limited);
    for (const wait of this.#waits) wait.offer(name, kind, value);
  }

  /** Frees a name; one that isn't taken stays so. Without `kind`, in every space. */
  unregister(name: string, kind?: NameKind): void {
    for (const one of kind === undefined ? KINDS : [kind]) {
      const entry = this.#spaces[one].get(name);
      entry?.ending?.[Symbol.dispose]();
      if (entry !== undefined) this.#free(name, one);
    }
  }

  /** Tells of names that are there, then of every change. */
  watch(watcher: NameWatcher): Disposable {
    for (const kind of KINDS) {
      for (const [name, { who }] of this.#spaces[kind]) watcher.registered(name, kind, who);
    }
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) };
  }

  lookup(name: string, kind?: NameKind): object | undefined {
    return this.#find(name, kind)?.value;
  }

  /** What a peer with these roles may find. */
  lookupFor(roles: readonly Role[], name: string, kind?: NameKind): object | undefined {
    const entry = this.#find(name, kind);
    if (entry === undefined) return undefined;
    return mayUse(entry.who, roles) ? entry.value : undefined;
  }

  /** Waits for a name to be registered here. */
  wait(name: string, options: LocateOptions): Wait<object> {
    return new NameWait(this, this.#waits, name, options);
  }

  /** What is registered as a `kind`. */
  *registered(kind: NameKind): Iterable<object> {
    for (const { value } of this.#spaces[kind].values()) yield value;
  }

  /** Every registered name, for inspection. */
  list(): readonly { readonly name: string; readonly kind: NameKind }[] {
    return KINDS.flatMap((kind) => [...this.#spaces[kind].keys()].map((name) => ({ name, kind })));
  }

  #free(name: string, kind: NameKind): void {
    this.#spaces[kind].delete(name);
    for (const watcher of this.#watchers) watcher.freed(name, kind);
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

/** A task's handle stands for its reference. */
function referenceOf(thing: object): object {
  if ("ref" in thing && (thing.ref instanceof LocalRef || thing.ref instanceof RemoteRef)) return thing.ref;
  return thing;
}

/** Calls back when it has ended or is closed, where that can be known. */
function whenEnded(value: object, call: () => void): Disposable | undefined {
  if (value instanceof LocalRef || value instanceof RemoteRef) return value.onEnd(call);
  if (value instanceof RemoteChannel || value instanceof RemoteService) {
    // That it is closed elsewhere is not told; that its process is lost is.
    return value.engine.part(channelTable).onLost({ endpoint: value.endpoint, id: value.id, lost: call });
  }
  if (value instanceof LocalChannel || value instanceof LocalService) return value.onClose(call);
  return undefined;
}

function kindOf(value: object): NameKind {
  if (value instanceof LocalRef || value instanceof RemoteRef) return "task";
  if (value instanceof LocalChannel || value instanceof RemoteChannel) return "channel";
  if (value instanceof LocalService || value instanceof RemoteService) return "service";
  throw new SkeinError("OPTION_INVALID", "only tasks, channels and services can be registered", {
    hint: "pass a task, its ref, a channel or a service",
  });
}

function badName(name: string): SkeinError {
  return new SkeinError("OPTION_INVALID", `a name has 1 to ${NAME_LIMIT} characters, this one ${name.length}`, {
    hint: "choose a shorter name",
  });
}
