/** A node's code: taken from clients that hold a server here, and kept for its servers. */
import { sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { BUNDLE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type CodeStore } from "./contracts.ts";
import { type Lane } from "./lane.ts";
import { parseCodeHas, parseCodePut } from "./schemas.ts";
import { type CodePut } from "./words.ts";

export interface NodeCodeOptions {
  readonly procedures: Procedures;
  readonly code: CodeStore;
  readonly lanes: () => Iterable<Lane>;
}

/** Answers `node.code.has` and `node.code.put`. */
export function handleCode(options: NodeCodeOptions): readonly Disposable[] {
  const { procedures, code } = options;
  return [
    procedures.handle("node.code.has", { parse: parseCodeHas }, ({ digest }, caller) => {
      mayShip(options, caller);
      return code.has(digest, caller.endpoint.peer);
    }),
    procedures.handle("node.code.put", { parse: parseCodePut }, (put, caller) => putCode(options, put, caller)),
  ];
}

async function putCode(options: NodeCodeOptions, { digest, code }: CodePut, caller: Caller): Promise<void> {
  mayShip(options, caller);
  if (code.byteLength > BUNDLE_LIMIT_BYTES) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `a bundle of ${code.byteLength} bytes`, {
      hint: `bundles may have ${BUNDLE_LIMIT_BYTES} bytes; read large data from files instead`,
    });
  }
  await options.code.put(digest, code, caller.endpoint.peer);
}

/** Code comes from clients that hold a server here, and from nobody else. */
function mayShip({ lanes }: NodeCodeOptions, caller: Caller): void {
  const role = caller.roles.some((name) => name === "client" || name === "operator");
  for (const lane of lanes()) {
    if (role && lane.assigned !== undefined && sameEndpoint(lane.assigned.client, caller.endpoint)) return;
  }
  throw new SkeinError("ROLE_FORBIDS", "code is taken only from clients that hold a server of this node", {
    hint: "join with an invite for the role client, and open a job",
  });
}
