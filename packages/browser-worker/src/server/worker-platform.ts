/** The platform of a tab's server: it has no keys and no network of its own. */
import { type Platform, SkeinError } from "@skein/runtime";
import { createBasePlatform } from "../base-platform.ts";

export function createWorkerPlatform(): Platform {
  return { ...createBasePlatform(), generateKey: noKeys, keyPair: noKeys, sign: noKeys, verify: noKeys };
}

function noKeys(): never {
  throw new SkeinError("ABILITY_UNAVAILABLE", "a server of a tab has no keys", { hint: "sign where the keys are" });
}
