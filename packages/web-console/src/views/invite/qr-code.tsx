/** A text as a QR code, dark on light whatever the page's colours are: cameras want it so. */
import { type ReactElement, useMemo } from "react";
import { encode } from "uqr";
import styles from "./invite.module.css";

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const { size, path } = useMemo(() => {
    const { data } = encode(text, { border: 3 });
    // Runs of dark fields, row by row.
    const rows = data.map((row, y) =>
      row
        .map((dark, x) => (dark && row[x - 1] !== true ? `M${x} ${y}h${runOf(row, x)}v1h${-runOf(row, x)}z` : ""))
        .join(""),
    );
    return { size: data.length, path: rows.join("") };
  }, [text]);
  return (
    <svg
      className={styles["qr"]}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function runOf(row: readonly boolean[], from: number): number {
  const end = row.indexOf(false, from);
  return (end < 0 ? row.length : end) - from;
}
