/** Every error code, by chapters, with what it means and what to do: docs/errors.md is made from this file. */
export type ErrorCode =
  // Tasks
  /**
   * The task you waited for was cancelled. `exit()` gives `{ type: "cancelled", reason }` instead of throwing. *Do:*
   * nothing if you cancelled it; else look at `cause` for the reason.
   */
  | "TASK_CANCELLED"
  /** A task failed with something that was no `Error`. *Do:* throw `Error` objects; the value is the `cause`. */
  | "TASK_FAILED"
  /**
   * The process, thread or peer in which the task ran is gone; whether it finished can't be known. *Do:* run it again
   * if that is safe, or give `retries` to `job.run`.
   */
  | "TASK_LOST"
  /** There is no such task: it has ended, or never was. *Do:* `monitor` a task whose end matters to you. */
  | "TASK_UNKNOWN"
  /**
   * The time given by `timeoutMs` ended first. What had begun goes on unless its documentation says otherwise. *Do:*
   * give more time, or `else` where a value will do.
   */
  | "TIMEOUT"
  /**
   * An operation that only waits was waited on a second time. *Do:* make a new one each time; what acts (`spawn`,
   * `run`) may be waited on again.
   */
  | "OPERATION_REUSED"
  /**
   * The task did not take its new function: it set `upgradable` to false, has ended, or is no place for it. *Do:*
   * upgrade when it waits in `receive` or `suspend`.
   */
  | "UPGRADE_REFUSED"
  /**
   * A supervisor's children failed more often than its intensity allows. *Do:* look at `cause`, the last failure;
   * raise the intensity only if such failures are expected.
   */
  | "RESTART_LIMIT"
  /**
   * Nothing runs tasks here: no platform is installed, an operation belongs to another runtime, or a second peer was
   * started on one runtime. *Do:* import `skein` (or `@skein/node-server`, `@skein/browser-worker`); make operations
   * in the runtime that waits on them.
   */
  | "RUNTIME_WRONG"
  /** The runtime was closed. *Do:* spawn before you close it, or make a new one. */
  | "RUNTIME_CLOSED"
  // Messages, channels, names
  /**
   * The receiver's mailbox, or the credit to a remote one, is used up; the message was not sent. *Do:* `deliver` waits
   * for room; or receive faster, or raise `mailboxLimit`.
   */
  | "MAILBOX_FULL"
  /**
   * The link or the time ended while the message was under way: it may have arrived. *Do:* ask the receiver, or make
   * the message safe to send twice.
   */
  | "DELIVERY_UNKNOWN"
  /**
   * A value can't cross to another process; the message has the path to it. *Do:* send data, references or registered
   * classes; not functions, symbols or live resources.
   */
  | "NOT_SERIALIZABLE"
  /** A message is over its limit (16 MiB; 8 MiB for code). *Do:* send it in parts, or as a file. */
  | "MESSAGE_TOO_LARGE"
  /** Subscribing this channel would make a value come back to where it came from. *Do:* break the circle. */
  | "CHANNEL_CYCLE"
  /**
   * The channel was closed where it was made; or a stream of it, whose reading was given up, was not read on before
   * more came than it keeps. *Do:* ask its owner for a new one; call `values()` again ([streams.md](streams.md)).
   */
  | "CHANNEL_CLOSED"
  /** The service was closed, or the process that offered it was restarted. *Do:* `locate` it again by its name. */
  | "SERVICE_CLOSED"
  /**
   * That name is registered here already; a supervisor fails with it when the holder is not its own child. *Do:* take
   * another, or `unregister` it first.
   */
  | "NAME_TAKEN"
  /**
   * Nobody has registered that name. *Do:* check the spelling and that its owner runs; `locate` waits for a name that
   * appears later.
   */
  | "NAME_UNKNOWN"
  // Peers and membership
  /**
   * No address of the peer answered. *Do:* check that it runs and that its address and port can be reached from here.
   */
  | "PEER_UNREACHABLE"
  /**
   * The connection to the peer ended and nothing will come from it any more. *Do:* it is dialled again when you use
   * it; what had not left was not delivered.
   */
  | "PEER_LOST"
  /**
   * The peer has no certificate of this cluster or another cluster's, shares another secret, or was revoked. *Do:*
   * join with an invite of this cluster, or its secret; [security.md](security.md) says how to get somebody back who
   * was revoked.
   */
  | "NOT_A_MEMBER"
  /**
   * The peer is a member, but its role may not do this. *Do:* ask an operator for an invite with the role that may;
   * docs/security.md has the table.
   */
  | "ROLE_FORBIDS"
  /**
   * The invite's time is over. The message and the hint name the clocks of both sides. *Do:* ask for a new one; set
   * the clock that is wrong.
   */
  | "INVITE_EXPIRED"
  /** The invite has been redeemed as often as it may be. *Do:* ask for a new one. */
  | "INVITE_USED"
  /**
   * A `secret` could be guessed: it has less than 80 bits, cautiously counted, so that words which people choose are
   * not enough. *Do:* take the one that `skein secret` prints, or another random text (24 hexadecimal digits or more).
   */
  | "SECRET_WEAK"
  /** A peer sent something malformed. *Do:* check that both sides run the same version. */
  | "WIRE_INVALID"
  /**
   * A peer sends more than was granted, or takes nothing; its link was closed. When joining: too many connections from
   * this machine's address have not joined lately. *Do:* look at what it is doing; there, at the machines behind the same
   * address, one of which may have a wrong secret or invite.
   */
  | "LINK_OVERLOADED"
  /** An ssh host of a pool can't be used; `cause` has ssh's own words. *Do:* try `ssh HOST` by hand. */
  | "HOST_UNREACHABLE"
  // Sockets, files, programs
  /**
   * A socket could not be opened: nobody listens there, the name is unknown, the port is taken, or the certificate
   * isn't one to trust; `cause` is the system's error. *Do:* check host and port; for TLS give the authority's
   * certificate as `tls.ca`.
   */
  | "CONNECTION_FAILED"
  /**
   * A socket's connection broke, or was used after it was closed. An orderly end by the other side is no error:
   * receiving then gives `undefined`. *Do:* dial again.
   */
  | "CONNECTION_LOST"
  /**
   * The system refused to open, read or write a file; the message has its reason (`ENOENT`, `EACCES`, …), `cause` is
   * its error. *Do:* check path and rights.
   */
  | "FILE_FAILED"
  /**
   * A program could not be started, or ended with another exit code than 0 where its output was asked for; the message
   * has its last lines of standard error. *Do:* see whether it is installed and in `PATH`; `exit()` gives the code
   * without an error.
   */
  | "PROGRAM_FAILED"
  // Jobs and code
  /** No cluster was named or found. *Do:* start one (`skein up`), pass a link to `connect`, or set `SKEIN_CLUSTER`. */
  | "NO_CLUSTER"
  /**
   * No server fits what the task needs. *Do:* loosen `where` or `needs`, or add a node; the message says what was
   * missing.
   */
  | "NO_PLACE"
  /**
   * The server process ended while the task ran in it; the message says how, the hint has its last words. *Do:* give
   * `retries` if it may run again.
   */
  | "SERVER_LOST"
  /**
   * The server process, or the thread of `offload`, was ended because it used more memory than it may. *Do:* lower
   * what the task holds, or ask for more with `needs.memoryBytes`.
   */
  | "SERVER_OUT_OF_MEMORY"
  /** `nodeSetup` or `serverSetup` threw. *Do:* see `cause`. */
  | "SETUP_FAILED"
  /**
   * A function uses names of an enclosing function, things its program made while it started, or `import.meta`; or it
   * is bound, native or not found in its source. The message has its name, file and line. *Do:* pass what it needs as
   * arguments, or move it to the top level of a module; what is refused and why stands in
   * [jobs](jobs.md#functions-of-the-program-itself).
   */
  | "FUNCTION_NOT_SELF_CONTAINED"
  /**
   * A module or one of its imports can't be bundled, or a package that a job names in `packages` is not installed at a
   * node; the message says which. *Do:* fix the import; or name the package in `packages` and install it where the
   * node finds packages (its working directory, or `--packages DIR`).
   */
  | "CODE_NOT_BUNDLABLE"
  /**
   * The server has no such module or export, or the module given to `offload` has not. *Do:* check the name; for a job
   * name the module in `openJob({ modules })` or load it with `job.module`.
   */
  | "CODE_UNKNOWN"
  /**
   * Code arrived with another digest than it was announced with, or was made for another version. *Do:* install the
   * same version of skein on both sides.
   */
  | "CODE_MISMATCH"
  /** The job was closed. *Do:* open another. */
  | "JOB_CLOSED"
  /**
   * The job ended three server processes and is not run any further. *Do:* see the events of the job for the evidence.
   */
  | "JOB_QUARANTINED"
  /** The node does not offer what the job asks for. *Do:* ask for less, or start a node that offers it. */
  | "ISOLATION_FORBIDS"
  /**
   * The tab's owner did not grant this ability, or a peer takes no files. *Do:* ask for it, or place the task where it
   * is granted; give the peer a folder (`files`).
   */
  | "ABILITY_NOT_GRANTED"
  /**
   * The browser, or a page that is no secure context, can't do this, or this server is in no tab. *Do:* use another browser,
   * or https; place the task on a tab that has the ability.
   */
  | "ABILITY_UNAVAILABLE"
  // Files, options, the rest
  /**
   * Another file of that name is there; `cause` says of how many `bytes`, `mtimeMs` and whether `executable`. *Do:*
   * `overwrite: true`, or another name.
   */
  | "FILE_EXISTS"
  /**
   * The file is over what the receiver takes, or a job's files are more than its node keeps. *Do:* raise `maxFileBytes`
   * there (`--max-file`), or the node's `--server-disk`.
   */
  | "FILE_TOO_LARGE"
  /**
   * A path leads out of the folder it must stay in, a name is none on every system, or a link, a device or a file is
   * in the way. *Do:* give a relative path without `..` and links.
   */
  | "PATH_FORBIDDEN"
  /** An option has a value it can't have; the message names it. *Do:* see its documentation. */
  | "OPTION_INVALID"
  /**
   * An error of a class that is not known here came from another process; name, message, stack and fields are the
   * original's, and so is its `code` where it has one, in place of this.
   * *Do:* to get it back as itself, name the class in `openJob({ functions })` or its module in `openJob({ modules })`, or
   * register it with `registerClass`; or branch on its `name`.
   */
  | "REMOTE_ERROR";
