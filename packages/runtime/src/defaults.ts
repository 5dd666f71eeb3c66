/** Numbers that cross parts, each with its unit and its reason. `docs/defaults.md` is made from this file. */
import { DAY_MS, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from "./units.ts";

/** Longest turn of the ready queue before the host's event loop gets its turn: with a collection of garbage on top it is below a frame. */
export const TURN_BUDGET_MS = 5;
/** How long `finally` blocks may run after a cancel. */
export const CANCEL_GRACE_MS: number = 5 * SECOND_MS;

/** A node sends a heartbeat this often; tabs only answer. */
export const HEARTBEAT_MS: number = 5 * SECOND_MS;
/** Silence after which a peer is suspected: three misses. */
export const SUSPECTED_AFTER_MS: number = 15 * SECOND_MS;
/** Silence after which a peer is lost: what a resend buffer holds. */
export const LOST_AFTER_MS: number = 30 * SECOND_MS;
/**
 * A tab whose last connection has ended is lost after so long: it dials again at once, also while it is hidden, unless its
 * page is gone, which can't always say goodbye.
 */
export const TAB_GONE_AFTER_MS: number = 8 * SECOND_MS;
/** Silence after which a tab is lost that has said that it is hidden: browsers freeze such, and let them go on later. */
export const LULL_LOST_AFTER_MS: number = 5 * MINUTE_MS;

/** Messages a mailbox holds before it refuses more: a bound, not a tuning knob. */
export const MAILBOX_LIMIT = 10_000;
/** Calls of one service that have not ended, those that wait for their turn included; more are refused. */
export const SERVICE_CALLS_LIMIT = 100_000;
/** Values of a stream of results that its reader has not taken; then `emit` waits. */
export const EMIT_WINDOW = 256;
/** Channels of other processes that may lead from one to the next; a longer chain can't be told from a circle. */
export const CHANNEL_CHAIN_LIMIT = 1000;
/** Longer than its time limit, a delivery on a channel elsewhere waits for the answer that says how many have it. */
export const REMOTE_COUNT_MS: number = 2 * SECOND_MS;
/** Calls of quick functions that a worker of a pool has at once: past that a larger batch gains nothing. */
export const POOL_QUEUE = 4096;
/** Calls of async functions that a worker of a pool has under way at once. */
export const POOL_ASYNC_QUEUE = 64;
/** A worker of a pool gets as many calls as take it so long, in milliseconds: it stays busy while an answer is under way. */
export const POOL_WINDOW_MS = 4;
/** Workers of a pool's place that came to nothing, one after the other and for each that it is to have: then calls fail. */
export const POOL_START_TRIES = 2;
/** The initializer of a pool has to end so soon, unless `initializerTimeoutMs` says otherwise. */
export const POOL_INITIALIZER_MS: number = 5 * MINUTE_MS;
/** A worker of a pool has to answer so soon after its start, unless `connectTimeoutMs` says otherwise. */
export const POOL_CONNECT_MS: number = 30 * SECOND_MS;
/** A host that a pool reaches by ssh is asked so often whether it lives, by ssh itself … */
export const POOL_HOST_ALIVE_MS: number = 5 * SECOND_MS;
/** … and its connection is over after so many questions without an answer. */
export const POOL_HOST_ALIVE_MISSES = 3;
/** Such a host that hears nothing of its pool for so long ends the workers there: the way between them is gone. */
export const POOL_HOST_SILENT_MS: number = 2 * MINUTE_MS;
/** A host of a pool that can't be reached is tried again after so long, and then after twice that, and so on … */
export const POOL_HOST_AGAIN_MS: number = SECOND_MS;
/** … but no less often than this. */
export const POOL_HOST_AGAIN_MOST_MS: number = MINUTE_MS;
/** Servers of a job for which a pool has had nothing to do for this long are left to other tasks and other jobs. */
export const POOL_REST_MS: number = 2 * SECOND_MS;
/** Items of a map's source that are taken ahead of who reads the results. */
export const POOL_IN_FLIGHT = 16_384;
/** Bytes that these items, or their results, take at most, as far as is known by those before them; one for each worker may. */
export const POOL_AHEAD_BYTES: number = 64 * MIB;
/** Items of a map that are taken before it is known how many bytes the first of them take. */
export const POOL_UNKNOWN_ITEMS = 64;
/** Bytes of calls that go to a worker of a pool together; a call that takes more goes alone. */
export const POOL_PORTION_BYTES: number = 4 * MIB;
/** A worker of a pool gets no more while what it has takes so many bytes. */
export const POOL_WORKER_BYTES: number = 8 * MIB;
/** A worker of a pool that has not let a cancelled call go after so long is ended, and replaced. */
export const POOL_CANCEL_WAIT_MS = 250;
/** Values that an operator of a pipe which can't leave its source waiting (a debounce, a sample) holds before it does. */
export const PIPE_AHEAD = 64;
/** Values that an operator of a pipe which has to keep them (a delay, a chain, a fork's branch) holds at most. */
export const PIPE_QUEUE = 10_000;
/** Async calls of a pipe's `map` that go on at once, their results that wait for their turn included. */
export const PIPE_CALLS = 64;
/** Sources that a pipe's `mergeMap` and its kin have open at once. */
export const PIPE_SOURCES = 64;
/** Values that `unique` remembers; past that the oldest are forgotten. */
export const PIPE_UNIQUE = 1_000_000;
/** Largest message: one frame must not hold a link. */
export const MESSAGE_LIMIT_BYTES: number = 16 * MIB;
/** Values larger than this go as bulk, on streams of their own. */
export const BULK_ABOVE_BYTES: number = 256 * KIB;
/** A bulk transfer goes in pieces of this size: messages get between them, and each with its headers fits one message of Noise. */
export const BULK_CHUNK_BYTES: number = 63 * KIB;
/** Bytes of one bulk transfer that its receiver lets come before they are read: a fast link with a round trip of 20 ms. */
export const BULK_WINDOW_BYTES: number = 4 * MIB;
/** Large values from one process to another that come at once, or came and wait for their turn … */
export const BULK_VALUES_AT_ONCE = 8;
/** … and their bytes; the next ones come when these were taken. */
export const BULK_VALUES_HELD_BYTES: number = 32 * MIB;
/** Files and other transfers read piece by piece that come at once from one process to another. */
export const BULK_READERS_AT_ONCE = 8;
/** Files are read, hashed and written in blocks of this size; an interrupted one goes on at the last whole block. */
export const FILE_BLOCK_BYTES: number = MIB;
/** Largest file a peer takes from another, unless `maxFileBytes` says otherwise. */
export const FILE_LIMIT_BYTES: number = 4096 * MIB;
/** Files that one process sends at once; the next ones wait. */
export const FILES_AT_ONCE = 8;
/** Files that a peer takes at once, of all others together; more are refused: each has buffers of two blocks. */
export const FILES_TAKEN_AT_ONCE = 64;
/** Folders below each other in the path of a file. */
export const FILE_DEPTH_LIMIT = 32;
/** Files that have come in part are kept for another attempt, so many … */
export const KEPT_FILES_LIMIT = 32;
/** … and so long. */
export const KEPT_FILE_FOR_MS: number = 24 * HOUR_MS;
/** Bytes that one process may send to another before they were taken: WebRTC streams reset at 4 MiB. */
export const LINK_CREDIT_BYTES: number = MIB;
/** How far that grows on TCP and WebSocket where the round trip asks for it: what a resend buffer holds. */
export const LINK_CREDIT_MOST_BYTES: number = 16 * MIB;
/** A batch is flushed at the end of the turn, or when it has grown to this. */
export const BATCH_FLUSH_BYTES: number = 60 * KIB;
/** Unacknowledged bytes a session keeps for resending. */
export const RESEND_BUFFER_BYTES: number = 16 * MIB;
/** Messages queued for a peer that is being dialled. */
export const DIAL_QUEUE_LIMIT = 10_000;

/** Task events go to the scheduler in batches, after this time … */
export const EVENT_BATCH_MS = 250;
/** … or this size, whichever comes first. */
export const EVENT_BATCH_BYTES: number = 64 * KIB;
/** How often a node reads its machine's free CPU, memory, swap and disk, and tells them. */
export const LOAD_REPORT_MS: number = SECOND_MS;
/** A server process may have this share of its node's memory, divided by the node's servers … */
export const SERVER_MEMORY_SHARE = 0.8;
/** … and this much at least. Past it the process is ended: SERVER_OUT_OF_MEMORY. */
export const SERVER_MEMORY_LEAST_BYTES: number = 1024 * MIB;
/** A server process may have this much in its folder; no file of it grows larger. */
export const SERVER_DISK_BYTES: number = 10 * 1024 * MIB;
/** … and so many files. */
export const SERVER_FILES_LIMIT = 100_000;
/** Files and sockets that a confined server process may have open: one that leaks them harms itself. */
export const SERVER_DESCRIPTORS_LIMIT = 4096;
/** Processes that a server process may start, and those start: more are a fork bomb. */
export const SERVER_PROCESSES_LIMIT = 256;
/** How often a server process's memory is looked at; one that has half of its own, ten times as often. */
export const SERVER_WATCH_MS = 250;
/** Cluster events the scheduler keeps for late subscribers; older ones show as a gap. */
export const EVENT_LOG_LIMIT = 20_000;
/** Bytes of them, also when few are large. */
export const EVENT_LOG_LIMIT_BYTES: number = 32 * MIB;
/** Failures of tasks that the scheduler keeps beside these and tells to each new subscriber. */
export const LAST_FAILURES_LIMIT = 200;
/** Bytes of them. */
export const LAST_FAILURES_LIMIT_BYTES: number = 256 * KIB;

/** Largest frame from a peer that has not joined. */
export const UNJOINED_FRAME_LIMIT_BYTES: number = 64 * KIB;
/** A peer that has not joined by then is disconnected; one that was a member before has as long as a dial. */
export const JOIN_TIMEOUT_MS = 1500;
/** Connections of one address and minute that may end without a join; then who failed is not heard for a while … */
export const JOINS_PER_MINUTE = 20;
/** … and of others there so many at once, the newest in place of the oldest: they may be members behind the same NAT. */
export const UNJOINED_AFTER_FAILURES = 4;
/** How long an invite is good for. */
export const INVITE_FOR_MS: number = 24 * HOUR_MS;
/** How long a certificate is good for: 30 days. */
export const CERTIFICATE_FOR_MS: number = 30 * 24 * HOUR_MS;
/** Longest time an invite can be good for: a year. */
export const INVITE_LONGEST_MS: number = 365 * 24 * HOUR_MS;
/** A revocation is kept this long, more than any invite or certificate is good for. */
export const REVOCATION_FOR_MS: number = 400 * 24 * HOUR_MS;
/** Revocations a peer keeps; past them the oldest go. */
export const REVOCATIONS_LIMIT = 4096;
/** A cluster's secret must be as hard to guess as so many random bits. */
export const SECRET_LEAST_BITS = 80;
/** Connections at once on which the other side has not joined; more are closed. */
export const UNJOINED_CONNECTIONS_LIMIT = 1000;
/** Of these, connections from one address (one /64 of IPv6); another one takes the place of the oldest. */
export const UNJOINED_PER_PLACE_LIMIT = 20;
/** Clocks of two machines may differ by this much when an expiry is checked. */
export const CLOCK_SKEW_MS: number = 2 * MINUTE_MS;

/** Dialling a peer, all its addresses together. */
export const DIAL_TIMEOUT_MS: number = 10 * SECOND_MS;
/** A call to another process that nobody answered. */
export const CALL_TIMEOUT_MS: number = 30 * SECOND_MS;
/** First pause before a reconnect; doubles, with jitter, up to the next one. */
export const RECONNECT_FIRST_MS = 500;
/** Longest pause between two tries to reconnect. */
export const RECONNECT_MOST_MS: number = 15 * SECOND_MS;

/** Peers that one peer keeps connected to be found by: no full mesh, others are reached when they are needed. */
export const SEED_LINKS = 3;
/** Peers that a relay carries connections to; more are refused. */
export const RELAY_RESERVATIONS_LIMIT = 2000;
/** What goes over one relayed connection; then the session goes on over another one. */
export const RELAY_CONNECTION_LIMIT_BYTES: number = 256 * MIB;
/** How long one relayed connection lasts; then the session goes on over another one. */
export const RELAY_CONNECTION_LIMIT_MS: number = HOUR_MS;
/** Largest message of a WebRTC connection: a frame is sent in such pieces. */
export const WEBRTC_MESSAGE_BYTES: number = 32 * KIB;
/** What a stream of a WebRTC connection takes before it counts as full. */
export const WEBRTC_BUFFERED_BYTES: number = MIB;
/** When so much of that is left to send, it takes more. */
export const WEBRTC_REFILL_BYTES: number = 256 * KIB;
/** Peers found on the local network that are remembered; the oldest is forgotten first. */
export const LAN_PEERS_LIMIT = 1000;
/** A peer that was found on the local network and is not connected is forgotten when it hasn't answered for this long. */
export const LAN_PEER_FOR_MS: number = 5 * MINUTE_MS;
/** A connection that was made for what was sent is closed when nothing has used it for this long. */
export const LINK_IDLE_MS: number = MINUTE_MS;
/** Peers in one keeper's list of the directory. */
export const DIRECTORY_PEERS_LIMIT = 10_000;
/** Names of one peer in the directory; later ones are found only by asking that peer. */
export const DIRECTORY_NAMES_LIMIT = 10_000;
/** Keepers of the directory that share their lists. */
export const DIRECTORY_KEEPERS_LIMIT = 256;
/** Searches that wait at one keeper for names to appear, of all peers together; more are refused with `LINK_OVERLOADED`. */
export const DIRECTORY_WAITS_LIMIT = 100_000;

/** Longest pause between two tries to bring back a session whose connection dropped: it has half a minute in all. */
export const RESUME_MOST_MS: number = 2 * SECOND_MS;
/**
 * The first such try, all the peer's addresses together: the network may be back while it waits. Later ones have twice as
 * long, and one to a peer that is far away has twelve round trips.
 */
export const RESUME_DIAL_MS: number = 3 * SECOND_MS;

/** A job that killed this many servers is quarantined. */
export const QUARANTINE_AFTER_SERVERS = 3;
/** How long after its attempt began an I/O task, two of whose servers ended with others in them, runs with nothing beside it. */
export const SUSPICION_MS: number = 10 * SECOND_MS;
/** Largest code bundle. */
export const BUNDLE_LIMIT_BYTES: number = 8 * MIB;

/** Ports tried first; the next free one is taken when nobody asked for it by number. */
export const DEFAULT_PORTS = { tcp: 4100, ws: 4101, console: 8181, join: 8182 } as const;

/** Tasks a job holds that have not ended; more are refused with `LINK_OVERLOADED`. */
export const JOB_TASKS_LIMIT = 1_000_000;
/** Tasks with a key that a job keeps, with their results, until it closes; more are refused with `LINK_OVERLOADED`. */
export const JOB_KEYS_LIMIT = 1_000_000;
/** Measured work a client sends ahead to one server, so that it never idles for a round trip. */
export const PIPELINE_AHEAD_MS = 20;
/** Tasks sent ahead to one server, the running one included. */
export const PIPELINE_TASKS_LIMIT = 128;
/** I/O tasks that run at once in the I/O server of a job. */
export const IO_TASKS_LIMIT = 10_000;
/** Tabs over which I/O tasks of a job that may run at the same places are spread: each has a server for them until the job closes. */
export const IO_TABS_LIMIT = 64;
/** I/O tasks wait so long for tabs that are being made ready; then those that are ready take them all. */
export const IO_SPREAD_MS: number = 2 * SECOND_MS;
/** Tasks sent ahead that have not started are taken back from a server whose running task takes longer than this. */
export const PIPELINE_STALL_MS = 50;
/** Estimated work a server does between two reports to its client. */
export const SERVER_BURST_MS = 2;
/** A job that others wait for keeps a server at least this long. */
export const LEASE_QUANTUM_MS: number = 2 * SECOND_MS;
/** An exclusive job that has had no tasks for this long gives the cluster to who waits: its owner may be asleep. */
export const EXCLUSIVE_IDLE_MS: number = MINUTE_MS;
/** An exclusive job that gets no server in its turn for this long, though some are free, lets others in for its idle time. */
export const EXCLUSIVE_VAIN_MS: number = 10 * SECOND_MS;
/** Different places (`at`, `needs`) for which a job has tasks at once; tasks for more wait until some have ended. */
export const WANTS_LIMIT = 10_000;
/** Tasks for a node that is not in the cluster fail after this long: it may be on its way back. */
export const NO_PLACE_AFTER_MS: number = 30 * SECOND_MS;
/** Addresses of nodes that the rules of one job may name. */
export const RULE_ADDRESSES_LIMIT = 256;
/** Until a server given to a task that needs so much memory has run this long, what it needs counts as taken: reports of the node come later. */
export const MEMORY_SETTLE_MS: number = 10 * SECOND_MS;
/** Where a server in hand has too little memory for a task that waits, the scheduler is asked again after this long. */
export const CLAIM_AGAIN_MS: number = SECOND_MS;
/** How often the scheduler looks for leases past their quantum. */
export const SCHEDULER_TICK_MS = 250;
/** How soon a client says that it needs fewer servers than before. */
export const DEMAND_SETTLE_MS = 50;
/** Lines that a server prints go to its job at most this often. */
export const OUTPUT_BATCH_MS = 50;
/** Lines of one server told to its job at a time; those beyond are only counted. */
export const OUTPUT_LINES_LIMIT = 200;
/** Events a job keeps for late readers; older ones show as a gap. */
export const JOB_EVENT_LIMIT = 20_000;
/** Bytes of memory these take, roughly, also when few are large: log entries with fields. */
export const JOB_EVENTS_LIMIT_BYTES: number = 32 * MIB;
/** Task events a client reports in one batch, and as many ends and failures more; the rest are only counted. */
export const REPORT_EVENTS_LIMIT = 500;
/** Failures in one batch while nobody watches: the others are only counted. */
export const UNWATCHED_FAILURES_LIMIT = 20;
/** Tasks of a job that watchers were told of and that have not ended; of those beyond, only the ends are told. */
export const REPORT_TASKS_LIMIT = 100_000;
/** Of a batch's events, those that tell somebody who begins to watch which tasks there are: room is left for what happens. */
export const RETOLD_EVENTS_LIMIT = 400;
/** Bytes of tasks, results or events that share one note; what is larger goes by itself. */
export const NOTE_BYTES: number = 256 * KIB;
/** Characters of an error's or a log entry's text in events; longer ones are cut. */
export const EVENT_TEXT_LIMIT = 4096;
/** Characters of the stack of a task's error in events; the rest is cut. */
export const EVENT_STACK_LIMIT = 2000;
/** Bytes of one event; a client's larger ones are counted and left out, the fields of log entries before that. */
export const EVENT_LIMIT_BYTES: number = 32 * KIB;
/** Characters of a task's arguments in its events. */
export const ARGS_TEXT_LIMIT = 160;
/** A server process that has not said that it is ready by then is replaced. */
export const SERVER_START_TIMEOUT_MS: number = 30 * SECOND_MS;
/** First pause before a server process that died at its start is started again; doubles up to the next one. */
export const SERVER_RESTART_FIRST_MS = 100;
export const SERVER_RESTART_MOST_MS: number = 10 * SECOND_MS;
/** A job may end this many servers of a node one after the other, with no task of it done in between … */
export const SERVER_ENDS_FREE = 3;
/** … then it gets none there for this long, twice as long each time up to the next one … */
export const SERVER_ENDS_PAUSE_FIRST_MS = 250;
export const SERVER_ENDS_PAUSE_MOST_MS: number = 10 * SECOND_MS;
/** … and after this long without such an end it counts anew. */
export const SERVER_ENDS_FADE_MS: number = MINUTE_MS;
/** I/O servers of one node. */
export const IO_SERVERS_LIMIT = 64;
/** CPU servers of a tab. More would only get in each other's way. */
export const TAB_SERVERS_LIMIT = 64;
/** A client or node whose connection to the scheduler is lost, or that has not come back after its restart, keeps its leases this long. */
export const ADOPT_FOR_MS: number = 30 * SECOND_MS;
/** A client whose connection is lost keeps servers that others wait for this long: time for two attempts to connect again. */
export const CLIENT_YIELD_MS: number = 2 * SECOND_MS;
/** A job does not ask again for servers of a node it could not reach, for this long. */
export const AVOID_NODE_MS: number = 30 * SECOND_MS;
/** A job does not ask again for an I/O server of a node that refused one, for this long. */
export const AVOID_REFUSED_MS: number = SECOND_MS;
/** A client lets a connection to a node go in which no job of it has held a server for so long. */
export const NODE_LINK_IDLE_MS: number = MINUTE_MS;
/** How long a task's next attempt waits for word that its last server was ended. */
export const FENCE_WAIT_MS: number = 5 * SECOND_MS;
/** First pause before a task's next attempt; doubles, with jitter, up to the next one. */
export const RETRY_FIRST_MS = 100;
/** Longest pause between two attempts of a task. */
export const RETRY_MOST_MS: number = 30 * SECOND_MS;
/** Processes with the state of jobs whose turn is over, kept for a server until they get it again … */
export const PARKED_SERVERS_LIMIT = 2;
/** … and for how long. */
export const PARKED_FOR_MS: number = 10 * MINUTE_MS;
/** None is kept where the machine has less free memory than this. */
export const PARK_FREE_BYTES: number = 512 * MIB;
/** A server that has not ended a cancelled task this long after the grace is killed. */
export const CANCEL_KILL_AFTER_MS: number = SECOND_MS;
/** How long a client that is asked to cancel for an operator may take to answer; then its job is closed without it. */
export const CANCEL_ASK_MS: number = 3 * SECOND_MS;
/** How long an act of an operator (`ClusterActs`) may take before it is a `TIMEOUT`. */
export const ACT_TIMEOUT_MS: number = 15 * SECOND_MS;
/** Files of a job that its client shows to those who look; the oldest give way. */
export const JOB_FILES_SHOWN_LIMIT = 1000;
/** Nodes of which is kept that operators took them or servers of them out of service; the oldest orders give way. */
export const HOLDS_KEPT_LIMIT = 4096;
/** Invites of which the holder of a cluster's key keeps who made and used them; older ones are good, but not shown. */
export const INVITES_KEPT_LIMIT = 200;
/** How long an invite is shown after it has expired. */
export const INVITE_KEPT_FOR_MS: number = 7 * DAY_MS;
/** Peers that are shown for an invite; of more only their number. */
export const INVITE_JOINED_KEPT = 200;
/** How long a client may take to say whether it has a task. */
export const ACT_ASK_MS: number = 3 * SECOND_MS;
/** How long a client, and a task there, may take for an act: before the operator is told that it is a `TIMEOUT`. */
export const ACT_WAIT_MS: number = 10 * SECOND_MS;
/** A job's weight, least and most. */
export const JOB_WEIGHT_LEAST = 0.001;
export const JOB_WEIGHT_MOST = 1000;
/** What an operator sends to a task may take so many bytes. */
export const ACT_VALUE_BYTES: number = 64 * KIB;
/** Tasks that are cancelled by one call. */
export const ACT_TASKS_LIMIT = 1000;
/** A server whose tasks had a grace to stop is taken from its job when it was not given back this long after. */
export const RECLAIM_LATE_MS: number = 3 * SECOND_MS;
/** Jobs a scheduler holds; more are refused with `LINK_OVERLOADED`. */
export const JOBS_LIMIT = 10_000;
/** Jobs of which a node keeps files or a process that was set up. */
export const JOBS_AT_NODE_LIMIT = 256;
/** What is looked at is collected and told this often, when it has changed. */
export const OBSERVE_MS: number = SECOND_MS;
/** Topics that one watcher may name. */
export const TOPICS_LIMIT = 64;
/** Entries (channels and their subscribers, links, children …) in one message that says how a place stands. */
export const OBSERVED_ENTRIES = 500;
/** Bytes of such a message; larger ones are not taken … */
export const OBSERVED_LIMIT_BYTES: number = 192 * KIB;
/** … nor more than this of all places together, kept for watchers while they look. */
export const OBSERVED_KEPT_BYTES: number = 64 * MIB;
/** Characters of names, and of messages in a mailbox, that are shown to watchers. */
export const OBSERVED_TEXT_LIMIT = 256;
/** Messages of one mailbox that are shown to watchers. */
export const MAILBOX_SHOWN = 20;
/** Last lines of a place's own log that are shown to watchers … */
export const LOG_LINES_SHOWN = 100;
/** … and the characters of each field of them. */
export const LOG_FIELD_LIMIT = 300;
/** Watchers of a scheduler's events. */
export const WATCHERS_LIMIT = 1000;
/** Named amounts a job counts (`job.count`). */
export const JOB_COUNTS_LIMIT = 16;

/** So many results of each tab are checked on a node of one's own before any of them is believed (`trust: "probation"`). */
export const PROBATION_RESULTS = 10;
/** Share of a tab's results that is checked for ever, beside one of as many as were checked and found right. */
export const SPOT_CHECK_SHARE = 0.01;
/** Answers of tabs that disagree, for one task; then a node of one's own decides. */
export const QUORUM_ANSWERS_LIMIT = 8;
/** Unchecked results of one tab that a job remembers, to have them done again when the tab is caught. */
export const UNCHECKED_RESULTS_LIMIT = 1000;
/** What those of all tabs may take, with their arguments: the oldest of the tab with the most are not done again then. */
export const UNCHECKED_BYTES_LIMIT: number = 64 * MIB;
/** Objects looked at to find whether two results are the same; beyond them they count as different. */
export const SAME_STEPS_LIMIT = 5_000_000;

/** Bytes read ahead of a task from a socket, file or program; then the other side is pushed back. */
export const IO_BUFFER_BYTES: number = 64 * KIB;
/** Bytes handed to a socket or program that it has not taken; past that `send` and `write` wait. */
export const IO_SEND_BYTES: number = 256 * KIB;
/** Longest line of text; longer ones throw `MESSAGE_TOO_LARGE`, so that a file without newlines can't fill the memory. */
export const LINE_LIMIT_BYTES: number = MIB;
/** Connections a listener holds at once, TLS handshakes included; more are refused. */
export const CONNECTIONS_LIMIT = 10_000;
/** Datagrams kept for a task that does not receive; newer ones are dropped and counted. */
export const DATAGRAMS_LIMIT = 1000;
/** What a program may print where all its output is collected. */
export const PROGRAM_OUTPUT_LIMIT_BYTES: number = 16 * MIB;
/** Standard error of a program kept for those who ask late; the oldest is dropped, so that it never blocks the program. */
export const PROGRAM_ERRORS_KEPT_BYTES: number = 64 * KIB;
/** After a program was told to end, this long until it is killed. */
export const PROGRAM_KILL_AFTER_MS: number = 5 * SECOND_MS;
/** A connection, or peer, that is closed may still send what was given to it for this long. */
export const CLOSE_FLUSH_MS: number = 5 * SECOND_MS;
/** Whoever is told goodbye has this long to hang up; then the connection is cut: a round trip, also through a relay. */
export const GOODBYE_MS = 500;
/** What the tasks of one server of a tab may have asked of its page at a time; more are refused with `LINK_OVERLOADED`. */
export const ABILITY_ASKS_LIMIT = 64;
/** Requests that tasks in a tab may begin in a second, all of them together; more wait. */
export const ABILITY_FETCHES_PER_SECOND = 20;
/** Longest answer to a request of a task in a tab, unless its owner says otherwise. */
export const ABILITY_FETCH_BYTES: number = 16 * MIB;
/** Bytes of answers that all tasks of a tab may have under way; what would be over it is refused with `LINK_OVERLOADED`. */
export const ABILITY_FETCHED_BYTES: number = 64 * MIB;
/** Longest body of a request of a task in a tab. */
export const ABILITY_BODY_BYTES: number = 16 * MIB;
/** A request of a task in a tab is given up after this. */
export const ABILITY_FETCH_MS: number = 30 * SECOND_MS;
/** Views that the tasks of one server may have open in a tab. */
export const ABILITY_VIEWS_LIMIT = 4;
/** Events of a view kept for a task that does not read them; the oldest are dropped. */
export const ABILITY_EVENTS_KEPT = 100;
/** Characters of a question or a notification. */
export const ABILITY_QUESTION_LIMIT = 2000;
/** Characters of a view, a shader, or what goes into the clipboard. */
export const ABILITY_TEXT_LIMIT: number = 256 * KIB;
/** Characters of a key in a tab's storage. */
export const ABILITY_KEY_LIMIT = 1000;
/** How long a tab keeps what a client's tasks have stored there and not used. */
export const ABILITY_STORED_FOR_MS: number = 30 * DAY_MS;
/** What was used this lately makes no room for others. */
export const ABILITY_STORED_IN_USE_MS: number = 10 * MINUTE_MS;
/** A person has this long to answer a task's question. */
export const ABILITY_ANSWER_MS: number = 10 * MINUTE_MS;
/** A place is given up after this. */
export const ABILITY_POSITION_MS: number = 30 * SECOND_MS;
/** Cameras, and microphones, that the tasks of one server may have open in a tab. */
export const ABILITY_CAPTURES_LIMIT = 4;
/** Most pictures that a task may take in a second. */
export const ABILITY_FRAMES_PER_SECOND = 30;
/** Tenths of a second of sound kept for a task that does not read them; the oldest are dropped. */
export const ABILITY_SOUNDS_KEPT = 50;
/** Bytes of all buffers of one run of a shader in a tab. */
export const ABILITY_GPU_BYTES: number = 256 * MIB;
/** A run of a shader in a tab is given up after this, and its device with it. */
export const ABILITY_GPU_MS: number = 30 * SECOND_MS;
/** Calls of `offload` that wait for a thread; more are refused with `LINK_OVERLOADED`. */
export const OFFLOAD_QUEUE_LIMIT = 100_000;
/** A worker thread without work ends after this. */
export const OFFLOAD_IDLE_MS: number = 10 * SECOND_MS;
