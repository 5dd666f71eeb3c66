/** The script of a tab's frames, by its hash: the page's policy names it. A test compares it with browser-worker's. */
export const FRAME_SCRIPT_HASH = "sha256-s74KW8Z8qgyXxAyFxH0QcHPEogYmLORUkHwwmUFXapY=";
