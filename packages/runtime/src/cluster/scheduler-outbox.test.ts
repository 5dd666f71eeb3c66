import { expect, test } from "vitest";
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { silentLogger } from "../logger.ts";
import { SchedulerOutbox } from "./scheduler-outbox.ts";
import { createSchedulerState } from "./scheduler-book.ts";

const CLIENT = "peer1/0/client.a";

function outbox(): { readonly outbox: SchedulerOutbox; readonly told: string[] } {
  const told: string[] = [];
  const notify = (_: Endpoint, name: string): void => void told.push(name);
  const made = new SchedulerOutbox({
    // Nothing but `notify` is called here.
    procedures: { notify } as unknown as Procedures,
    state: createSchedulerState(1),
    logger: silentLogger,
    tell: () => {},
    emit: () => {},
    keep: () => {},
  });
  return { outbox: made, told };
}

test("a client that has not come back after a restart is not lost by being out of reach, and is after it has", () => {
  const { outbox: box, told } = outbox();
  const { to, inbox } = box.address(CLIENT);
  expect(box.takeLost(() => true)).toEqual([]);
  box.tellWatched(true);
  expect(told).toEqual([]);
  box.know(CLIENT, { to, inbox });
  box.tellWatched(true);
  expect(told).toEqual(["client.a.watched"]);
  expect(box.takeLost(() => true)).toEqual([CLIENT]);
  expect(box.takeLost(() => true)).toEqual([]);
});
