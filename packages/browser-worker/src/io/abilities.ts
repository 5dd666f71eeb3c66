/** What a tab's owner may grant to tasks, by name, and how a server's tasks ask the page for it. */

/** Abilities by name; what is left out is not granted. */
export interface Abilities {
  /** Requests to these origins (`https://api.example.org`), of up to `maxBytes` each. */
  readonly fetch?: { readonly origins: readonly string[]; readonly maxBytes?: number };
  /** A store of its own, of so many bytes. */
  readonly storage?: { readonly quotaBytes: number };
  /** A small view in the page's task area. */
  readonly show?: true;
  /** A question to the person. */
  readonly ask?: true;
  readonly clipboard?: true;
  readonly geolocation?: true;
  readonly camera?: true;
  readonly microphone?: true;
  readonly notify?: true;
  readonly gpu?: true;
}

export type AbilityName = keyof Abilities;

/** The names of what is granted. */
export const grantedNames = (abilities: Abilities): readonly AbilityName[] =>
  // Its keys are those of the interface.
  (Object.keys(abilities) as AbilityName[]).filter((name) => abilities[name] !== undefined).toSorted();

/** Answers on `port` what the tasks of one server ask for; what it gives ends that. */
export type ServeAbilities = (port: MessagePort, server: number) => () => void;
