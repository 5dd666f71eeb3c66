/** Operators ask the holder of the cluster's key for invites. */
import type { Address } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { op } from "../task/op.ts";
import { parseInviteRequest } from "../wire/schema.ts";
import { isDialled } from "./address.ts";
import type { InviteList } from "./invite-words.ts";
import type { Member } from "./handshake.ts";
import { isRole } from "./membership.ts";
import type { InviteRequest, Standing } from "./standing.ts";

const PROCEDURE = "peer.invite";
/** What was made here. */
const LIST = "peer.invites";

export interface InviterOptions {
  readonly standing: Standing;
  readonly procedures: Procedures;
  /** Where this peer can be joined. */
  readonly addresses: () => readonly Address[];
  readonly members: () => readonly Member[];
}

/** Makes invites where the cluster's key is, for itself and for operators; elsewhere asks who holds the key. */
export class Inviter {
  readonly #options: InviterOptions;

  constructor(options: InviterOptions) {
    this.#options = options;
    handleInvites(options.procedures, (request, by) => this.#make(request, by));
    options.procedures.handle(LIST, { roles: ["operator"], parse: () => undefined }, () => this.#list());
  }

  invite(request: InviteRequest, options?: WaitOptions): Operation<string> {
    const { standing, procedures } = this.#options;
    // An owner that listens nowhere asks the peer that does, so that the invite says where to join.
    const others = this.holders();
    const itself = standing.owns && (this.#addresses().length > 0 || others.length === 0);
    const check = (text: string): string => standing.checkInvite(text, request);
    return askForInvite(procedures, itself ? [standing.peer] : others, request, check, options);
  }

  /** Connected peers that say they hold the cluster's key. */
  holders(): readonly PeerId[] {
    return this.#options.members().flatMap(({ invites, peer }) => (invites ? [peer] : []));
  }

  /** @throws {SkeinError} `ROLE_FORBIDS` where the cluster's key is not held */
  #list(): InviteList {
    const { standing, members } = this.#options;
    const names = new Map(members().map(({ peer, name }) => [peer, name]));
    if (standing.owns) return standing.invites.list(standing.revocations, (peer) => names.get(peer));
    throw new SkeinError("ROLE_FORBIDS", "this peer doesn't hold the cluster's key, and so made no invites", {
      hint: "ask where the cluster was started: skein up there, or its console",
    });
  }

  /** Nobody carries the connection of one who has not joined. */
  #addresses(): readonly Address[] {
    return this.#options.addresses().filter(isDialled);
  }

  async #make(request: InviteRequest, by: PeerId): Promise<string> {
    const { standing } = this.#options;
    const addresses = this.#addresses();
    if (addresses.length > 0) {
      const text = standing.newInvite(request, addresses, by);
      if (request.listed !== false) await standing.invites.made(text);
      return text;
    }
    throw new SkeinError("PEER_UNREACHABLE", "this peer listens nowhere, so nobody could join it", {
      hint: 'start it with listen: ["0.0.0.0:4100"] or the like',
    });
  }
}

function handleInvites(
  procedures: Procedures,
  make: (request: InviteRequest, by: PeerId) => Promise<string>,
): Disposable {
  return procedures.handle(
    PROCEDURE,
    {
      roles: ["operator"],
      parse: (args) => {
        const { roles, uses, forMs, about, listed } = parseInviteRequest(args);
        return {
          roles: roles.filter(isRole),
          ...(uses === undefined ? {} : { uses }),
          ...(forMs === undefined ? {} : { forMs }),
          ...(about === undefined ? {} : { about }),
          ...(listed === undefined ? {} : { listed }),
        };
      },
    },
    (request, { endpoint }) => make(request, endpoint.peer),
  );
}

/** What a program asks for, before a peer calls it malformed. */
function checkRequest(request: InviteRequest): void {
  try {
    parseInviteRequest(request);
  } catch (cause) {
    throw new SkeinError("OPTION_INVALID", "an invite needs a list of roles, and numbers for uses and forMs", {
      hint: 'for example { roles: ["peer"], uses: 1 }',
      cause,
    });
  }
}

/**
 * Asks those who say that they hold the cluster's key, one after another, for an invite. `check` throws for one that is
 * not what was asked for: anybody may say that it holds the key.
 */
function askForInvite(
  procedures: Procedures,
  holders: readonly PeerId[],
  request: InviteRequest,
  check: (text: string) => string,
  options?: WaitOptions,
): Operation<string> {
  return op(function* () {
    checkRequest(request);
    let failure: unknown = new SkeinError("NO_CLUSTER", "nobody who can invite is connected", {
      hint: "the peer that holds the cluster's key (skein up) must be reachable",
    });
    for (const peer of holders) {
      try {
        return check(String(yield* procedures.call({ peer, server: 0 }, PROCEDURE, request, options)));
      } catch (error) {
        if (isSkeinError(error, "TASK_CANCELLED")) throw error;
        failure = error;
      }
    }
    throw failure;
  });
}
