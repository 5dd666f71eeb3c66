/** How a node confines the servers it gives away: by its profile, by who its owner is, and by what jobs ask for. */
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { isSkeinError, SkeinError } from "../errors.ts";
import { type CodeDigest, type LeaseId, type PeerId } from "../ids.ts";
import { type ServerHost } from "./contracts.ts";
import {
  checkIsolation,
  type Confinement,
  confinementFor,
  isolationLack,
  type IsolationWish,
  UNCONFINED,
} from "./isolation.ts";
import { type Lane } from "./lane.ts";
import { parseCodeHas, parseConfine } from "./schemas.ts";

export interface NodeConfineOptions {
  readonly procedures: Procedures;
  readonly host: ServerHost;
  /** As people call the node. */
  readonly name: string;
  /** Whether a client is of the node's own user. Default: nobody is. */
  readonly isOwner?: (client: PeerId) => boolean;
  /** The server of a lease, where the caller holds it. */
  readonly laneOf: (lease: LeaseId, caller: Caller) => Lane | undefined;
  /** The server that calls. */
  readonly ownLane: (caller: Caller) => Lane | undefined;
}

export class NodeConfine {
  readonly #options: NodeConfineOptions;

  constructor(options: NodeConfineOptions) {
    this.#options = options;
  }

  /** Answers `node.confine`, by who holds the lease, and `node.code.give`, by a server of this node. */
  handle(): readonly Disposable[] {
    const { procedures, laneOf, ownLane } = this.#options;
    return [
      procedures.handle("node.confine", { parse: parseConfine }, async ({ lease, ...wish }, caller) => {
        const lane = laneOf(lease, caller);
        if (lane === undefined) throw gone();
        await lane.confine(this.confinementOf(caller.endpoint.peer, wish));
      }),
      procedures.handle("node.code.give", { parse: parseCodeHas }, async ({ digest }, caller) => {
        const lane = ownLane(caller);
        // A server that is told nothing would wait for its code for ever.
        if (lane === undefined) throw gone();
        await giveCode(procedures, lane, digest);
      }),
    ];
  }

  /**
   * What a server gets that is given to that client. @throws {SkeinError} `ISOLATION_FORBIDS` where the node does not
   * offer what is asked for; `OPTION_INVALID` for paths that may lead elsewhere than they seem to
   */
  confinementOf(client: PeerId, wish: IsolationWish = {}): Confinement {
    const { host, name, isOwner } = this.#options;
    checkIsolation(wish); // here too: the client's word is not enough
    const offered = host.confinement ?? UNCONFINED;
    const owned = isOwner?.(client) === true;
    const lack = isolationLack(wish, offered, owned);
    if (lack === undefined) return confinementFor(wish, offered, owned);
    throw new SkeinError("ISOLATION_FORBIDS", `node ${name} does not take this job: ${lack}`, {
      hint: "ask for less in openJob, or start the node with --isolation and --allow for it",
    });
  }
}

/** What had to make room for other code comes again from the client, which was told that it is here. */
async function giveCode(procedures: Procedures, lane: Lane, digest: CodeDigest): Promise<void> {
  try {
    await lane.giveCode(digest);
  } catch (error) {
    const { assigned } = lane;
    if (!isSkeinError(error, "CODE_UNKNOWN") || assigned === undefined) throw error;
    await procedures.call(assigned.client, `${assigned.inbox}.code`, { digest });
    await lane.giveCode(digest);
  }
}

const gone = (): SkeinError =>
  new SkeinError("SERVER_LOST", "the lease is gone", { hint: "the scheduler will choose another server" });
