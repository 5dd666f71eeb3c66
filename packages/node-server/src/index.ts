/** skein on Node: importing it installs Node's platform (its only import effect). */
import { installPlatform } from "@skein/runtime/host";
import { createNodePlatform } from "./platform/node-platform.ts";

installPlatform(createNodePlatform());

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
