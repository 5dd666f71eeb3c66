/** A bare process for `pool-latency`: sends back what comes through descriptor 3. */
import { Socket } from "node:net";

const socket = new Socket({ fd: 3, readable: true, writable: true });
socket.on("data", (bytes: Buffer) => socket.write(bytes));
socket.on("close", () => process.exit(0));
