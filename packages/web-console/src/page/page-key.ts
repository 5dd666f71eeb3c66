/** The key that a login leaves in the page's address: kept by this origin, taken out of the address. */

const NAME = "skein-key";
let kept: string | undefined;

/** The page's key; empty when this browser never logged in here. */
export function pageKey(): string {
  const given = /^#key=([\w-]{43})$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    kept = given;
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  try {
    if (given !== undefined) localStorage.setItem(NAME, given);
    return kept ?? localStorage.getItem(NAME) ?? "";
  } catch {
    // Storage may be forbidden: the key then lives as long as the page.
    return kept ?? "";
  }
}
