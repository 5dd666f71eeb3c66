/** Decides whether what happened in a run may happen. Pure: over a recorded history. */
import { checkChannels, checkMessages, checkStreams } from "./check-messages.ts";
import {
  checkBothKnow,
  checkCalls,
  checkHealing,
  checkHealthy,
  checkMonitors,
  checkNames,
  checkPeerEvents,
  checkRuns,
} from "./check-notices.ts";
import type { HistoryEvent, Violation } from "./history.ts";
import { Timeline } from "./timeline.ts";

/**
 * Everything in `history` that the library promises not to happen, by time: messages out of order, twice, lost without a
 * word, acknowledged and not there, said not to have left and there; exit notices missing, doubled or untrue; calls
 * that don't end, or are done twice; names of processes long gone; losses told twice, or to one side only,
 * or while nothing was wrong.
 */
export function checkHistory(history: readonly HistoryEvent[]): readonly Violation[] {
  const timeline = new Timeline(history);
  return [
    ...checkMessages(history, timeline),
    ...checkStreams(history),
    ...checkChannels(history),
    ...checkMonitors(history, timeline),
    ...checkCalls(history, timeline),
    ...checkRuns(history, timeline),
    ...checkNames(history, timeline),
    ...checkPeerEvents(timeline),
    ...checkBothKnow(timeline),
    ...checkHealthy(history),
    ...checkHealing(history),
  ].toSorted((a, b) => a.atMs - b.atMs);
}
