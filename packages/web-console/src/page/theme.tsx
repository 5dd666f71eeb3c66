/** Light, dark, or as the system has it; remembered by this browser. */
import { type ReactElement, useState } from "react";
import styles from "./theme.module.css";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "skein-theme";
const NAMES: Readonly<Record<Theme, string>> = { auto: "as the system", light: "light", dark: "dark" };
const SHAPES: Readonly<Record<Theme, ReactElement>> = {
  auto: <path d="M8 2.5a5.5 5.5 0 1 0 0 11Z" fill="currentColor" />,
  light: <path d="M8 .8v1.6M8 13.6v1.6M.8 8h1.6M13.6 8h1.6M2.9 2.9 4 4M12 12l1.1 1.1M2.9 13.1 4 12M12 4l1.1-1.1" />,
  dark: <circle cx="8" cy="8" r="5.5" fill="currentColor" />,
};

/** Applies what was remembered; called once, before the first drawing. */
export function applyTheme(theme: Theme = remembered()): Theme {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  return theme;
}

export function ThemeButton(): ReactElement {
  const [theme, setTheme] = useState(remembered);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      className={styles["button"]}
      aria-label={`Colours: ${NAMES[theme]}. Change to ${NAMES[next]}`}
      title={`Colours: ${NAMES[theme]}`}
      onClick={() => {
        remember(next);
        setTheme(applyTheme(next));
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r={theme === "light" ? 3 : 5.5} />
        {SHAPES[theme]}
      </svg>
    </button>
  );
}

// Storage may be forbidden; the theme is then the system's.
function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "auto";
  } catch {
    return "auto";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Not kept: it holds until the page is closed.
  }
}
