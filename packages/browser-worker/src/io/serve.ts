/** Answers what tasks ask of their page: looks at what was granted, bounds how much, and ends all with the server. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_ASKS_LIMIT, ABILITY_FETCHES_PER_SECOND } from "@skein/runtime/host";
import { type Abilities, type AbilityName, grantedNames, isAbility, type ServeAbilities } from "./abilities.ts";
import { type Ability, unlessGivenUp, wrong } from "./ability.ts";
import { loadOpener, type Opener, type OpenerParts } from "./openers.ts";
import { pace } from "./pace.ts";
import type { AnswerWords, AskWords } from "./words.ts";

/** The client for whose job a server runs. */
export interface ClientOfServer {
  readonly id: string;
  readonly name: string;
}

/** Known once tasks run there. */
export type ClientOf = (server: number) => ClientOfServer | undefined;

/** @throws {SkeinError} `ABILITY_UNAVAILABLE` when the page is not served with what was granted */
export async function serveGranted(granted: Abilities, clientOf: ClientOf): Promise<ServeAbilities> {
  const names = grantedNames(granted).filter(isAbility);
  const openers = new Map<string, Opener>();
  await Promise.all(names.map(async (name) => openers.set(name, await loadOpener(name))));
  const fetches = { turn: pace(ABILITY_FETCHES_PER_SECOND), bytes: 0 };
  return (port, server) => {
    const open = new Map<string, Ability>();
    const running = new Map<number, AbortController>();
    let ended = false;
    const say = (words: AnswerWords): void => {
      if (!ended) port.postMessage(words, []);
    };
    const parts: OpenerParts = {
      granted,
      client: () => clientOf(server)?.id,
      who: () => clientOf(server)?.name ?? "an unknown client",
      fetches,
    };
    const abilityOf = (name: string): Ability => {
      if (!isAbility(name)) throw wrong(`there is no ability ${name}`);
      const opener = openers.get(name);
      if (opener === undefined) throw notGranted(name);
      let ability = open.get(name);
      if (ability === undefined) open.set(name, (ability = opener(parts)));
      return ability;
    };
    const perform = async ({ what, args }: Asked, signal: AbortSignal): Promise<unknown> => {
      const [name = "", call = ""] = what.split(".");
      const ability = abilityOf(name);
      const run = Object.hasOwn(ability.calls, call) ? ability.calls[call] : undefined;
      if (run === undefined) throw wrong(`there is no ${what}`);
      return await run(args, signal);
    };
    const take = async (asked: Asked): Promise<void> => {
      const { id } = asked;
      if (running.has(id)) return;
      // What is closed makes room.
      if (running.size >= ABILITY_ASKS_LIMIT && !asked.what.endsWith(".close")) return say(failed(id, tooMany()));
      const controller = new AbortController();
      running.set(id, controller);
      try {
        say({ type: "done", id, value: await unlessGivenUp(perform(asked, controller.signal), controller.signal) });
      } catch (error) {
        if (!controller.signal.aborted) say(failed(id, error));
      } finally {
        running.delete(id);
      }
    };
    port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      const words = readAsk(data);
      if (words?.type === "ask") void take(words);
      else if (words?.type === "cancel") running.get(words.id)?.abort();
    });
    port.start();
    return () => {
      ended = true;
      port.close();
      for (const controller of running.values()) controller.abort();
      for (const ability of open.values()) ability.end();
    };
  };
}

type Asked = Extract<AskWords, { type: "ask" }>;

/** What others' code has got at the port may say anything. */
function readAsk(data: unknown): AskWords | undefined {
  if (typeof data !== "object" || data === null || !("type" in data) || !("id" in data)) return undefined;
  const { type, id } = data;
  if (typeof id !== "number") return undefined;
  if (type === "cancel") return { type, id };
  if (type !== "ask" || !("what" in data) || !("args" in data)) return undefined;
  const { what, args } = data;
  return typeof what === "string" && Array.isArray(args) ? { type, id, what, args } : undefined;
}

function failed(id: number, error: unknown): AnswerWords {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SkeinError) return { type: "failed", id, code: error.code, message, hint: error.hint };
  return { type: "failed", id, code: undefined, message, hint: "" };
}

const notGranted = (name: AbilityName): SkeinError =>
  new SkeinError("ABILITY_NOT_GRANTED", `${name}: the tab's owner has not granted it`, {
    hint: `place the task where it is: needs: { abilities: ["${name}"] }`,
  });

const tooMany = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `${ABILITY_ASKS_LIMIT} things are asked of this page already`, {
    hint: "wait for some of them first",
  });
