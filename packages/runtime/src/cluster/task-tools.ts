/** What tasks in a server process find in their context: their place, its names, its files, and ways to leave it. */
import { type Location } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type PeerId, serverId } from "../ids.ts";
import { type Named } from "../message/registry.ts";
import { type LocateOptions, nameTable } from "../message/names.ts";
import { type Bulk } from "../peer/bulk.ts";
import { Files } from "../peer/files.ts";
import { Deferred } from "../task/deferred.ts";
import { type Runtime } from "../task/runtime.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type CloseServerOptions, type RemoteTaskContext, type TaskPeer } from "./remote-context.ts";
import { type Leave } from "./setup-words.ts";
import { type Begin } from "./words.ts";

/** Folders of a server process, by their paths. */
export interface ServerPlaces {
  /** With the files of the job. */
  readonly files: string;
  /** Its working directory. */
  readonly scratch: string;
  /** The files below `files`: their relative paths with `/`, each with a word that changes when the file does. */
  list(): Promise<ReadonlyMap<string, string>>;
}

export interface TaskToolsOptions {
  readonly runtime: Runtime;
  readonly procedures: Procedures;
  readonly bulk: Bulk;
  readonly places: ServerPlaces | undefined;
  readonly begin: Begin;
}

type Tools = Pick<RemoteTaskContext, "node" | "server" | "peer" | "sendFile" | "closeServer" | "closeNode"> &
  Partial<Pick<RemoteTaskContext, "files" | "scratch">>;

/** The same for all tasks of a server. */
export function taskTools({ runtime, procedures, bulk, places, begin }: TaskToolsOptions): Tools {
  const { self } = procedures;
  const { node, client, inbox, job, lease } = begin;
  const { engine, platform, logger } = runtime;
  const names = engine.part(nameTable);
  let made: Files | undefined;
  const files = (): Files =>
    (made ??= new Files({
      platform,
      engine,
      logger,
      self: undefined,
      procedures,
      bulk: () => bulk,
      learn: () => undefined, // its node finds the way
      settings: {},
      ownersOf: () => [],
    }));
  const peer: TaskPeer = {
    id: self.peer,
    name: node.name,
    location: node.location,
    register: (name, thing, options) => names.register(name, thing, options),
    unregister: (name, options = {}) => names.unregister(name, options.kind),
    locate: <T extends Named>(name: string, options: LocateOptions = {}) => {
      const { locator } = names;
      if (locator === undefined)
        throw new SkeinError("RUNTIME_CLOSED", "this server is closed", { hint: "nothing to do" });
      // The caller says which reference it expects; only the kind is checked.
      return locator.locate(name, options) as Operation<T>;
    },
    sendFile: (to, file, options) => files().send(to, file, options),
    removeFile: (at, name, options) => files().remove(at, name, options),
  };
  const leave = (what: Leave["what"], { restart = false, cancel = false }: CloseServerOptions): Operation<void> => {
    const words: Leave = { job, lease, what, restart, cancel };
    const done = new Deferred<void>(`the client to close the ${what}`, engine).ignore();
    procedures.call(client, `${inbox}.leave`, words, { timeoutMs: CALL_TIMEOUT_MS }).then(
      () => done.resolve(),
      (error: unknown) => done.reject(error),
    );
    return done;
  };
  return {
    node,
    server: { id: serverId(self.peer, self.server), node: self.peer, kind: begin.kind },
    peer,
    ...(places === undefined ? {} : { files: places.files, scratch: places.scratch }),
    sendFile: (to, file, options) => files().send(placeOf(to), file, options),
    closeServer: (options = {}) => leave("server", options),
    closeNode: (options = {}) => leave("node", options),
  };
}

function placeOf(to: Location | PeerId | Pick<TaskRef, "location">): Location | PeerId {
  if (typeof to === "string" || "peer" in to) return to;
  if (to.location !== undefined) return to.location;
  throw new SkeinError("OPTION_INVALID", "that reference is of no peer", {
    hint: "send the file to the place of a task of another process, such as task.client",
  });
}
