/** The program that pages of `fixtures/direct-page` talk to. */
import { createRuntime, type Peer, spawn, startPeer, type TaskContext } from "@skein/node-server";

/** What a page that is gone is waited for: long enough for a busy machine, short enough for a test. */
const LINGER_MS = 3000;

/** A program with a box that keeps the numbers it gets. */
export async function startBox(
  listen: string,
  options: Parameters<typeof startPeer>[0] = {},
): Promise<{ readonly peer: Peer; readonly got: readonly number[] }> {
  const runtime = createRuntime();
  const peer = await startPeer({ name: "program", runtime, listen: [listen], lingerMs: LINGER_MS, ...options });
  const got: number[] = [];
  const task = spawn(
    function* box(self: TaskContext<number>) {
      for (;;) got.push(yield* self.receive());
    },
    [],
    { runtime, background: true },
  );
  peer.register("box of program", task);
  return { peer, got };
}

/** What carries the connection to the peer of this name. */
export const transportOf = (peer: Peer, name: string): string | undefined =>
  peer.peers().find((one) => one.name === name)?.transport;
