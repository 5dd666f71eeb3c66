/** In place of references and channels as data: none come to a page that watches, or leave it. */
import type { WireForm } from "../../runtime/src/message/wire-forms.ts";

export const wireForms = (): readonly WireForm[] => [];
