/** For tests of channels: a runtime on virtual time, channels made in it, and a task that collects what it gets. */
import { channel, type Channel, type ChannelOptions } from "../src/message/channel.ts";
import type { TaskContext } from "../src/task/context.ts";
import type { Steps } from "../src/contracts/operation.ts";
import { createRuntime, type Runtime } from "../src/task/runtime.ts";
import { spawn } from "../src/task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../src/testing/virtual-platform.ts";

export interface ChannelSetUp {
  readonly clock: VirtualClock;
  readonly runtime: Runtime;
  readonly make: (name: string, options?: ChannelOptions<unknown>) => Promise<Channel<unknown>>;
}
export function setUpChannels(): ChannelSetUp {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const make = async (name: string, options?: ChannelOptions<unknown>): Promise<Channel<unknown>> => {
    const made: Channel<unknown>[] = [];
    // oxlint-disable-next-line typescript/no-floating-promises -- its end is what the clock waits for
    spawn(() => void made.push(channel(name, options)), [], { runtime });
    await clock.settle();
    const [one] = made;
    if (one === undefined) throw new Error("the channel was not made");
    return one;
  };
  return { clock, runtime, make };
}
/** Collects what comes, from `afterMs` on. */
export function* listen(task: TaskContext<unknown>, got: unknown[], afterMs = 0): Steps<never> {
  if (afterMs > 0) yield* task.sleep(afterMs);
  for (;;) got.push(yield* task.receive());
}
