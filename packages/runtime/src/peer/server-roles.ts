/** What the processes behind a host may do, by the roles of its certificate. */
import { rolesToMask } from "./membership.ts";

/** Who may only watch has nothing to say to a server process; nor has who holds no role at all. */
export const onlyWatches = (rolesMask: number): boolean => (rolesMask & ~VIEWER) === 0;
const VIEWER = rolesToMask(["viewer"]);

/** Whether it is a tab, and nothing else. */
export const isTab = (rolesMask: number): boolean => rolesMask === TAB;
const TAB = rolesToMask(["tab"]);

/**
 * What the server processes behind a peer may do: they run others' code, so they don't have its roles. They use names
 * as any peer does; those of a tab, as a tab does.
 */
export const rolesBehind = (rolesMask: number): number => {
  const full = rolesMask & ~rolesToMask(["tab", "viewer"]);
  return full === 0 ? rolesMask & rolesToMask(["tab"]) : rolesToMask(["peer"]);
};
