/** Which roles may find and call what a peer offers. Pure. */
import type { Role } from "../contracts/endpoint.ts";

/** `who` lists the roles; without it every member but tabs and viewers may. A server process has its peer's leave. */
export function mayUse(who: readonly Role[] | undefined, roles: readonly Role[]): boolean {
  return who === undefined ? !onlyTab(roles) : who.some((role) => roles.includes(role));
}

/** A server process has no roles of its own, and may find what its node may. */
function onlyTab(roles: readonly Role[]): boolean {
  return roles.length > 0 && roles.every((role) => role === "tab" || role === "viewer");
}
