/**
 * Reminders: standard input is read beside the tasks that wait for their time. Ctrl-D ends the input, not the reminders.
 *
 * Run:  npm run example -- 05
 * Type:
 *   0.4 tea
 *   0.2 coffee
 *   list
 *   cancel tea
 *   soon cake
 *   0.3 cake
 * See:
 *   tea in 0.4 s
 *   coffee in 0.2 s
 *   waiting: tea, coffee
 *   tea is cancelled
 *   say SECONDS WHAT, list, or cancel WHAT
 *   cake in 0.3 s
 *   *** coffee
 *   *** cake
 *   nothing is left to wait for
 */
import { readLines, spawn, type Steps, type Task, type TaskContext } from "skein";

function* reminder(task: TaskContext, seconds: number): Steps<void> {
  yield* task.sleep(seconds * 1000);
  console.log(`*** ${task.name}`);
}

function* desk(task: TaskContext): Steps<void> {
  const waiting = new Map<string, Task<void>>();
  // While a line is waited for, the reminders go on; each is a child, so the desk ends after the last of them.
  yield* readLines(process.stdin).forEach(function* (line): Steps<void> {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    const what = rest.join(" ");
    const seconds = Number(word);
    if (word === "list") {
      const names = [...waiting].filter(([, one]) => one.state !== "ended").map(([name]) => name);
      console.log(`waiting: ${names.join(", ")}`);
    } else if (word === "cancel" && waiting.has(what)) {
      yield* waiting.get(what)?.cancel() ?? task.pause();
      waiting.delete(what);
      console.log(`${what} is cancelled`);
    } else if (word !== "" && seconds >= 0 && what !== "") {
      waiting.set(what, task.spawn(reminder, [seconds], { name: what }));
      console.log(`${what} in ${seconds} s`);
    } else {
      console.log("say SECONDS WHAT, list, or cancel WHAT");
    }
  });
}

await spawn(desk);
console.log("nothing is left to wait for");
