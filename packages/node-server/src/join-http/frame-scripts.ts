/** Scripts of ours in a tab's frames, by their hashes: the page's policy names them. A test compares them with browser-worker's. */

/** Starts the worker of others' code. */
export const FRAME_SCRIPT_HASH = "sha256-s74KW8Z8qgyXxAyFxH0QcHPEogYmLORUkHwwmUFXapY=";
/** Tells what a person does in a view. */
export const VIEW_SCRIPT_HASH = "sha256-rIHIi5SMgozCGZyKbRdyPry70tI61vqPxlO+0+PYCv8=";
