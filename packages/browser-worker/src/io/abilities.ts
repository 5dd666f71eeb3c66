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

/** Each by what it is granted with: what it may do is said besides, or that it may is all. */
const GRANTED_AS: { readonly [Name in keyof Abilities]-?: true extends Abilities[Name] ? "as it is" : "with limits" } =
  {
    fetch: "with limits",
    storage: "with limits",
    show: "as it is",
    ask: "as it is",
    notify: "as it is",
    clipboard: "as it is",
    geolocation: "as it is",
    camera: "as it is",
    microphone: "as it is",
    gpu: "as it is",
  };

export type AbilityName = keyof Abilities;

export const isAbility = (name: string): name is AbilityName => Object.hasOwn(GRANTED_AS, name);

/** All there are, in the order in which a person is asked for them. */
export const ABILITY_NAMES: readonly AbilityName[] = Object.keys(GRANTED_AS).filter(isAbility);

/** Those of which nothing more is said than that they are granted. */
export const SIMPLE_ABILITIES: readonly AbilityName[] = ABILITY_NAMES.filter((name) => GRANTED_AS[name] === "as it is");

/** The names of what is granted. */
export const grantedNames = (abilities: Abilities): readonly AbilityName[] =>
  // Its keys are those of the interface.
  (Object.keys(abilities) as AbilityName[]).filter((name) => abilities[name] !== undefined).toSorted();

/** Answers on `port` what the tasks of one server ask for; what it gives ends that. */
export type ServeAbilities = (port: MessagePort, server: number) => () => void;
