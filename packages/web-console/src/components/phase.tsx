/** The phase of a task, as a shape and a word. */
import type { ReactElement } from "react";
import { PHASE_NAMES } from "../model/find-tasks.ts";
import { Glyph, type GlyphName } from "./glyph.tsx";

const GLYPHS: readonly GlyphName[] = ["waiting", "running", "done", "failed", "cancelled", "lost", "idle"];

export function Phase({ phase, attempt = 1 }: { readonly phase: number; readonly attempt?: number }): ReactElement {
  const again = phase === 0 && attempt > 1;
  return (
    <>
      <Glyph name={again ? "retried" : (GLYPHS[phase] ?? "idle")} /> {again ? "retried" : PHASE_NAMES[phase]}
    </>
  );
}
