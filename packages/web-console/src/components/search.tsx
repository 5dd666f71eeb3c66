/** A field that searches a view; `/` leads to it, and the address keeps what it has. */
import { type ReactElement, useEffect, useState } from "react";
import { useUrlState } from "../page/url-state.ts";
import button from "./button.module.css";
import styles from "./search.module.css";

/** After the last key: the address changes once for a word, not for each letter. */
const PAUSE_MS = 200;

export interface SearchProps {
  readonly label: string;
  readonly placeholder: string;
  /** Words that may stand before a colon, offered while typing. */
  readonly hints?: readonly string[];
}

export function Search({ label, placeholder, hints = [] }: SearchProps): ReactElement {
  const [query, setQuery] = useUrlState("q");
  const [text, setText] = useState(query);
  const [before, setBefore] = useState(query);
  if (before !== query) {
    setBefore(query);
    setText(query);
  }
  useEffect(() => {
    if (text === query) return undefined;
    const timer = setTimeout(() => setQuery(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, query, setQuery]);
  return (
    <div className={styles["search"]} role="search">
      <input
        type="search"
        className={button["field"]}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        autoComplete="off"
        spellCheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {hints.length > 0 && (
        <p className={styles["hints"]}>
          {hints.map((hint) => (
            <button
              key={hint}
              type="button"
              className={button["chip"]}
              onClick={() => setText(`${text === "" ? "" : `${text.trim()} `}${hint}`)}
            >
              {hint}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}
