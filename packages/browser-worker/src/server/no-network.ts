/** In a tab's server, in place of the network half: its tasks talk through the tab's own peer. */
import { SkeinError } from "@skein/runtime";

const refuse = (): never => {
  throw new SkeinError("ABILITY_UNAVAILABLE", "a task in a tab makes no connections of its own", {
    hint: "use task.peer, references, channels and services: they go through the tab",
  });
};

export const startPeerHost = async (): Promise<never> => refuse();
export const createClient: () => never = refuse;
export const watchCluster: () => never = refuse;
