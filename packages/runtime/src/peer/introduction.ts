/** What a peer says of itself when it joins. */
import type { Labels } from "../contracts/endpoint.ts";
import { randomText } from "../ids.ts";
import type { Platform } from "../platform.ts";
import type { Introduction } from "./handshake.ts";

/** Characters that tell one start of a process from the next. */
const INSTANCE_LENGTH = 16;

/** What stays the same as long as it runs. */
export type SelfWords = Pick<Introduction, "name" | "labels" | "instance">;

export function introduction(platform: Platform, name: string, labels: Labels | undefined): SelfWords {
  const instance = randomText(INSTANCE_LENGTH, (count) => platform.randomBytes(count));
  return { name, instance, ...(labels === undefined ? {} : { labels }) };
}
