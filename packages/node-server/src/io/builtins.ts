/** Node's modules that few programs use, loaded when they are: together they are a sixth of a small program's memory. */
import type * as childProcess from "node:child_process";
import type * as dgram from "node:dgram";
import type * as tls from "node:tls";

export const loadTls = (): typeof tls => process.getBuiltinModule("node:tls");
export const loadChildProcess = (): typeof childProcess => process.getBuiltinModule("node:child_process");
export const loadDgram = (): typeof dgram => process.getBuiltinModule("node:dgram");
