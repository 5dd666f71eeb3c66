/** What this page may do: by its role in the cluster. */
import { type ClusterActs, errorFrom, isSkeinError } from "@skein/runtime";
import type { Access } from "../model/cluster-model.ts";
import { useModel } from "../use-cluster.ts";
import { tell } from "./notices.ts";

export interface Acts {
  /** For what concerns the whole cluster; undefined where this page's role may not. */
  readonly acts: ClusterActs | undefined;
  /** For what concerns a job: its own client may, and operators. */
  readonly jobActs: ClusterActs | undefined;
  /** Why there are no acts; empty where there are. */
  readonly why: string;
}

export function useActs(): Acts {
  const { access, connection } = useModel();
  if (connection.phase !== "live") {
    const why = connection.phase === "recorded" ? "a recording can’t be changed" : "not connected";
    return { acts: undefined, jobActs: undefined, why };
  }
  return actsOf(access);
}

export function actsOf(access: Access | undefined): Acts {
  if (access === undefined) return { acts: undefined, jobActs: undefined, why: "this page only shows" };
  const operator = access.roles.includes("operator");
  const client = access.roles.includes("client");
  return {
    acts: operator ? access.acts : undefined,
    jobActs: operator || client ? access.acts : undefined,
    why: operator ? "" : client ? "a client acts on its own jobs only" : "a viewer looks and does not act",
  };
}

/** In a word, what the page is in its cluster. */
export function roleWord(access: Access | undefined): "operator" | "client" | "viewer" | undefined {
  return (["operator", "client", "viewer"] as const).find((role) => access?.roles.includes(role));
}

/** Does it and says how that went; gives whether it was done. */
export async function perform(done: string, act: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await act();
    tell("done", done);
    return true;
  } catch (thrown) {
    const error = errorFrom(thrown);
    tell("failed", isSkeinError(error) && error.hint !== "" ? `${error.message}: ${error.hint}` : error.message);
    return false;
  }
}
