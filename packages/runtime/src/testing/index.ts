/** What tests of programs use: a list of named exports. */
export { type CodeTable } from "./code-tables.ts";
export { checkHistory } from "./faults/check-history.ts";
export { type HistoryEvent, type Life, type Violation } from "./faults/history.ts";
export { type JobScheduleOutcome, runJobSchedule } from "./faults/job-schedule.ts";
export { runSchedule, type ScheduleOutcome } from "./faults/run-schedule.ts";
export { linkContract, type LinkCase, type LinkPair } from "./link-contract.ts";
export { type SimulatedNetwork } from "./simulator/network-model.ts";
export { simulate } from "./simulator/simulate.ts";
export {
  type CrashOptions,
  type LeaveOptions,
  type PeerProgram,
  type SimulatedPeer,
  type SimulatedPeerOptions,
  type SimulatedTask,
  type SimulateOptions,
  type World,
} from "./simulator/types.ts";
export { type TraceSink } from "./simulator/trace.ts";
export {
  VirtualClock,
  type VirtualOptions,
  type VirtualPlatform,
  virtualPlatform,
  type VirtualTimer,
} from "./virtual-platform.ts";
