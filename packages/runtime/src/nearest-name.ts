/** Which name was meant by one that is none. */
import { closestMatch } from "leven";

/** The name that was meant, where one is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const same = names.find((one) => one.toLowerCase() === name.toLowerCase());
  // Two letters that changed places are two steps; of short names at most half may be wrong.
  const maxDistance = Math.min(3, Math.max(1, Math.floor(name.length / 2)));
  return same ?? closestMatch(name.slice(0, 80), names, { maxDistance });
}
