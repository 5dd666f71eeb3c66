/** A TCP proxy that delays every byte by so many milliseconds each way: `node delay-proxy.ts TARGET_PORT DELAY_MS`. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

const [target = "", delay = ""] = process.argv.slice(2);
const delayMs = Number(delay);

/** Bytes on their way to `to`; a wire that delays takes them all the same. */
function delayed(from: Socket, to: Socket): void {
  const pending: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    const nowMs = performance.now();
    let next = pending[0];
    while (next !== undefined && next.dueMs <= nowMs) {
      to.write(next.chunk);
      pending.shift();
      next = pending[0];
    }
    if (next !== undefined) timer = setTimeout(deliver, next.dueMs - nowMs);
  };
  from.on("data", (chunk: Buffer) => {
    pending.push({ chunk, dueMs: performance.now() + delayMs });
    timer ??= setTimeout(deliver, delayMs);
  });
  from.on("close", () => to.destroy());
  from.on("error", () => to.destroy());
}

const server = createServer({ noDelay: true }, (socket) => {
  const onward = connect({ port: Number(target), host: "127.0.0.1", noDelay: true });
  delayed(socket, onward);
  delayed(onward, socket);
});
server.listen(0, "127.0.0.1", () => {
  // A server that listens on TCP has an address and port.
  console.log((server.address() as AddressInfo).port);
});
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
