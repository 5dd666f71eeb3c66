/** skein in browsers. Importing it installs the browser's platform: the one import effect. */
import { installPlatform } from "@skein/runtime/host";
import { createBrowserPlatform } from "./platform.ts";

installPlatform(createBrowserPlatform());

export { joinPage, type JoinPageOptions } from "./join-page.ts";
export { createBrowserPlatform } from "./platform.ts";

export {
  type Address,
  type ChannelId,
  type CloseOptions,
  type ClusterId,
  type CodeDigest,
  DAY_MS,
  type Effect,
  type ErrorCode,
  errorFrom,
  type Exit,
  HOUR_MS,
  isSkeinError,
  type JobId,
  KIB,
  type LeaseId,
  type Location,
  type LogFields,
  type Logger,
  type LogLevel,
  MIB,
  MINUTE_MS,
  type NodeId,
  type Operation,
  type PeerId,
  type Role,
  SECOND_MS,
  type ServerId,
  silentLogger,
  SkeinError,
  type SkeinErrorOptions,
  type Steps,
  type Stream,
  type TaskId,
  type WaitOptions,
} from "@skein/runtime";
