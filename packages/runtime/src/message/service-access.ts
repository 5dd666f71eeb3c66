/** Which roles may find and call what a peer offers. Pure. */
import type { Role } from "../contracts/endpoint.ts";

/** `who` lists the roles; without it every member but tabs and viewers may. Who has no role at all uses nothing. */
export function mayUse(who: readonly Role[] | undefined, roles: readonly Role[]): boolean {
  return who === undefined ? !onlyLooksOn(roles) : who.some((role) => roles.includes(role));
}

/** Tabs and viewers are told of what they take part in, and not believed about others; so is who has no role at all. */
export function onlyLooksOn(roles: readonly Role[]): boolean {
  return roles.every((role) => role === "tab" || role === "viewer");
}
