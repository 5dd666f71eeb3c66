/** Operators ask the holder of the cluster's key for invites. */
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { op } from "../task/op.ts";
import { parseInviteRequest } from "../wire/schema.ts";
import { isRole } from "./membership.ts";
import type { InviteRequest } from "./standing.ts";

const PROCEDURE = "peer.invite";

export function handleInvites(procedures: Procedures, make: (request: InviteRequest) => string): Disposable {
  return procedures.handle(
    PROCEDURE,
    {
      roles: ["operator"],
      parse: (args) => {
        const { roles, uses, forMs } = parseInviteRequest(args);
        return {
          roles: roles.filter(isRole),
          ...(uses === undefined ? {} : { uses }),
          ...(forMs === undefined ? {} : { forMs }),
        };
      },
    },
    (request) => make(request),
  );
}

/** Asks `holder` (this peer itself, when it holds the key) for an invite. */
export function askForInvite(
  procedures: Procedures,
  holder: PeerId | undefined,
  request: InviteRequest,
  options?: WaitOptions,
): Operation<string> {
  return op(function* () {
    if (holder === undefined) {
      throw new SkeinError("NO_CLUSTER", "nobody who can invite is connected", {
        hint: "the peer that holds the cluster's key (skein up) must be reachable",
      });
    }
    return String(yield* procedures.call({ peer: holder, server: 0 }, PROCEDURE, request, options));
  });
}
