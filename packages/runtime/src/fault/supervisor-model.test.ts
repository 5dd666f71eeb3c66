/** Supervisors against models of what they have to do. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSchedules, inRuntime } from "../../test/schedules.ts";
import type { TaskContext } from "../task/context.ts";
import { sleep } from "../task/sleep.ts";
import { type Intensity, type Restart, type Strategy, RESTARTS, STRATEGIES } from "./restart.ts";
import { supervise } from "./supervisor.ts";

test("a supervisor gives up at the restart that is one too many within its time, and not before", async () => {
  /** When the child fails, one run after another, and after how many starts it is given up. */
  const model = (lives: readonly number[], { restarts, withinMs }: Intensity): { starts: number; atMs?: number } => {
    let nowMs = 0;
    const times: number[] = [];
    for (const [index, ms] of lives.entries()) {
      nowMs += ms;
      times.push(nowMs);
      if (times.filter((time) => time > nowMs - withinMs).length > restarts) return { starts: index + 1, atMs: nowMs };
    }
    return { starts: lives.length + 1 };
  };
  await checkSchedules(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 120 }),
      async (lives, restarts, withinMs) => {
        let starts = 0;
        let end: { readonly code: unknown; readonly atMs: number } | undefined;
        await inRuntime((runtime) => {
          function* child(task: TaskContext) {
            const lifeMs = lives[starts];
            starts += 1;
            if (lifeMs === undefined) return;
            yield* task.sleep(lifeMs);
            throw new Error("its time is over");
          }
          const spec = { strategy: "one-for-one", intensity: { restarts, withinMs } } as const;
          const supervisor = supervise({ ...spec, children: [{ name: "child", start: child, restart: "on-failure" }] });
          void (async () => {
            const exit = await supervisor.exit();
            if (exit.type !== "failed") return;
            end = { code: (exit.error as { code?: unknown }).code, atMs: runtime.platform.now() };
          })();
        });
        const wanted = model(lives, { restarts, withinMs });
        expect(starts).toBe(wanted.starts);
        expect(end).toEqual(wanted.atMs === undefined ? undefined : { code: "RESTART_LIMIT", atMs: wanted.atMs });
      },
    ),
  );
});

interface Ending {
  readonly child: number;
  readonly fails: boolean;
}

test("each strategy starts and stops the children that it says, in order, whoever ends how", async () => {
  const oneChild = fc.constantFrom<Restart>(...RESTARTS);
  const ends = fc.array(fc.record({ child: fc.nat(3), fails: fc.boolean() }), { maxLength: 12 });
  /** What is logged for `endings`: `+` a start, `-` a stop by the supervisor. */
  const model = (strategy: Strategy, kinds: readonly Restart[], endings: readonly Ending[]): string[] => {
    const log = kinds.map((_, n) => `+${n}`);
    const live = new Set(kinds.keys());
    for (const { child, fails } of endings) {
      if (!live.has(child)) continue;
      live.delete(child);
      const kind = kinds[child];
      if (kind === "never" || (kind === "on-failure" && !fails)) {
        if (live.size === 0) return log;
        continue;
      }
      const group = [...kinds.keys()].filter(
        (n) => n === child || strategy === "one-for-all" || (strategy === "rest-for-one" && n > child),
      );
      for (const n of group.toReversed()) if (live.delete(n)) log.push(`-${n}`);
      for (const n of group) {
        if (kinds[n] === "never") continue;
        live.add(n);
        log.push(`+${n}`);
      }
    }
    for (const n of [...live].toSorted((a, b) => b - a)) log.push(`-${n}`);
    return log;
  };
  await checkSchedules(
    fc.asyncProperty(
      fc.constantFrom<Strategy>(...STRATEGIES),
      fc.array(oneChild, { minLength: 1, maxLength: 4 }),
      ends,
      async (strategy, kinds, endings) => {
        const log: string[] = [];
        const running = new Map<number, (fails: boolean) => void>();
        await inRuntime(() => {
          function* child(task: TaskContext<boolean>, n: number) {
            log.push(`+${n}`);
            const send = (fails: boolean): void => task.ref.send(fails);
            running.set(n, send);
            try {
              if (yield* task.receive()) throw new Error("told to fail");
              running.delete(n);
            } catch (error) {
              if (error instanceof Error && error.message === "told to fail") running.delete(n);
              throw error;
            } finally {
              if (running.get(n) === send) {
                running.delete(n);
                log.push(`-${n}`);
              }
            }
          }
          const children = kinds.map((restart, n) => ({ name: `child ${n}`, start: child, args: [n], restart }));
          const supervisor = supervise({ strategy, intensity: { restarts: 1000, withinMs: 1000 }, children });
          void (async () => {
            await sleep(10);
            for (const { child: n, fails } of endings) {
              running.get(n)?.(fails);
              await sleep(10);
            }
            await supervisor.cancel();
          })();
        });
        expect(log).toEqual(model(strategy, kinds, endings));
      },
    ),
  );
});
