/** The ability `ask`: a question to the person, who may answer, refuse or let it stand. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_ANSWER_MS, ABILITY_QUESTION_LIMIT } from "@skein/runtime/host";
import { type Ability, nothing, textOf } from "./ability.ts";
import type { TaskArea } from "./task-area.ts";

/** Questions of one server stand one after the other. */
export function askAbility(area: TaskArea): Ability {
  let before: Promise<unknown> = Promise.resolve();
  return {
    calls: {
      ask: async ([question], signal) => {
        const text = textOf(question, "the question", ABILITY_QUESTION_LIMIT);
        const answer = before.then(async () => await put(text, area, signal));
        before = answer.catch(nothing);
        return await answer;
      },
    },
    end: nothing, // what is asked then is aborted
  };
}

async function put(question: string, area: TaskArea, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  const form = document.createElement("form");
  const label = document.createElement("label");
  const input = document.createElement("input");
  label.append(question, input); // as text, whatever is in it
  form.append(label, button("submit", "Answer"), button("reset", "No answer"));
  const remove = area.add(form, "asks");
  const late = AbortSignal.timeout(ABILITY_ANSWER_MS);
  try {
    return await new Promise((resolve, reject) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        resolve(input.value);
      });
      form.addEventListener("reset", () => resolve(undefined));
      signal.addEventListener("abort", () => reject(signal.reason));
      late.addEventListener("abort", () => reject(lateError()));
    });
  } finally {
    remove();
  }
}

function button(type: "submit" | "reset", words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = type;
  made.textContent = words;
  return made;
}

const lateError = (): SkeinError =>
  new SkeinError("TIMEOUT", `nobody answered within ${ABILITY_ANSWER_MS} ms`, { hint: "ask in another tab" });
