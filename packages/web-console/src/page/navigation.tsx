/** The way to all views: a column beside the page, or on a small screen a menu over it. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { type View, VIEW_GROUPS, VIEWS } from "../views/views.ts";
import styles from "./navigation.module.css";

/** The view that a path belongs to. */
export function viewAt(path: string): View | undefined {
  const matches = (pattern: string): boolean => {
    const [parts, wanted] = [path.split("/"), pattern.split("/")];
    return (
      parts.length === wanted.length && wanted.every((part, index) => part.startsWith(":") || part === parts[index])
    );
  };
  return VIEWS.find((view) => [view, ...(view.below ?? [])].some((page) => matches(page.path)));
}

export function Navigation({ path }: { readonly path: string }): ReactElement {
  const here = viewAt(path);
  return (
    <nav
      id="views"
      popover="auto"
      className={styles["navigation"]}
      aria-label="Views"
      onClick={({ currentTarget, target }) => {
        // Only the menu is open in that sense; the column is always there.
        if (target instanceof HTMLAnchorElement && currentTarget.matches(":popover-open")) currentTarget.hidePopover();
      }}
    >
      {VIEW_GROUPS.map((group) => (
        <div key={group.name} className={styles["group"]}>
          <h2 id={`views-${group.name}`}>{group.name}</h2>
          <ul aria-labelledby={`views-${group.name}`}>
            {group.views.map((view) => (
              <li key={view.path}>
                <Link href={view.path} aria-current={view === here ? "page" : undefined}>
                  {view.name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <p className={styles["hint"]}>
        <kbd>?</kbd> shows the keys
      </p>
    </nav>
  );
}
