/** Failures that nobody waited for when they came; looked at again when the turn is over. */
export interface Failure {
  /** Decides now: handled in the meantime, told to the parent, or reported. */
  judge(): void;
}
