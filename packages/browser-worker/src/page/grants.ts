/** What can be granted, in words for the person who does. */
import { ABILITY_NAMES, type Abilities, type AbilityName } from "../io/abilities.ts";
import { bytesText } from "./words.ts";

/** What tasks may keep, for all clients together. */
export const USUAL_QUOTA_BYTES = 50_000_000;

interface Grant {
  readonly label: string;
  readonly about: string;
  /** Browsers have it on https pages only. */
  readonly wantsSecure?: boolean;
}

const BROWSER_ASKS = "Your browser asks as well.";

export const GRANTS: Readonly<Record<AbilityName, Grant>> = {
  fetch: {
    label: "Fetch from the web",
    about: "From the sites that you list, through this page and without your cookies.",
  },
  storage: {
    label: "Keep data here",
    about: `Up to ${bytesText(USUAL_QUOTA_BYTES)}, for all together, apart from everything else; dropped a month after its last use.`,
  },
  show: { label: "Show something on this page", about: "In a frame of its own, below." },
  ask: { label: "Ask you questions", about: "Text that you may leave unanswered." },
  notify: { label: "Send notifications", about: BROWSER_ASKS, wantsSecure: true },
  clipboard: { label: "Use the clipboard", about: BROWSER_ASKS, wantsSecure: true },
  geolocation: { label: "Know where you are", about: BROWSER_ASKS, wantsSecure: true },
  camera: { label: "See through the camera", about: BROWSER_ASKS, wantsSecure: true },
  microphone: { label: "Hear through the microphone", about: BROWSER_ASKS, wantsSecure: true },
  gpu: { label: "Compute on the graphics card", about: "In a frame that can have it.", wantsSecure: true },
};

/** What is granted, in the words it was asked with; for fetching the sites, for storage how much. */
export function grantedWords(granted: Abilities): readonly string[] {
  return ABILITY_NAMES.filter((name) => granted[name] !== undefined).map((name) => {
    const { label } = GRANTS[name];
    if (name === "fetch") return `${label} (${granted.fetch?.origins.join(", ") ?? ""})`;
    return name === "storage" ? `${label} (${bytesText(granted.storage?.quotaBytes ?? 0)})` : label;
  });
}
