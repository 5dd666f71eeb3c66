import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Every capability of pycos, by the chapters of docs/coming-from-pycos.md: kept, changed or dropped, each has its row. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  "A.1": [
    "Task = generator",
    "Cooperative scheduling",
    "Call stack by `yield gen()`",
    "Two schedulers with netpycos",
    "Program exit",
    "`Pycos()` / `Pycos.instance()`",
    "`Pycos.cur_task([sched])`, `Pycos.scheduler()`",
    "`pycos.join(show_running=False, timeout=None)`",
    "`pycos.finish()` / `terminate()`",
    "`pycos.is_alive()`, `.name`, `.location`, `.locations`",
    "`pycos.atexit(priority, fn, *a, **k)` / `drop_atexit(priority, fn)`",
    "`Singleton`, `Struct`, `Logger` helpers",
    "`serialize` / `deserialize`",
  ],
  "A.2": [
    "`task.suspend(timeout=None, alarm_value=None)` = `sleep` (yield)",
    "`task.resume(update=None)` = `wakeup`",
    "`task.value(timeout=None)`",
    "`task.finish(timeout=None)` = `task()` (yield)",
    "`task.terminate()`",
    "`task.throw(type, value, tb)` / `throw(exc)`",
    "`task.set_daemon(flag=True)`",
    "`task.is_alive()`",
    "`task.name`, `task.location`",
    "`task.register(name=None)` / `unregister`",
    "`task.notify(monitor)`",
    "equality/hash/pickle",
    "Uncaught exception",
  ],
  "A.3": [
    "`task.send(msg)`",
    "`task.receive(timeout=None, alarm_value=None)` = `recv` (yield)",
    "`task.deliver(msg, timeout=None)` (yield)",
    "Any serializable object, incl. Task, Channel, Location, RPS references",
    "Message size",
  ],
  "A.4": [
    "`Channel(name, transform=None)`",
    "transform / `set_transform(fn)`",
    "`subscribe(task_or_channel, timeout=None)` (yield) / `unsubscribe`",
    "`send(msg)`",
    "`deliver(msg, timeout=None, n=0)` (yield)",
    "`register()`, `unregister()`, `close()`, `name`, `location`, `Channel.locate(name, location=None, timeout=None)`",
  ],
  "A.5": [
    "`Lock.acquire(blocking=True, timeout=-1)` (yield), `release()`",
    "`RLock`",
    "`Condition()` acquire/release/`wait(timeout)`/`notify(n=1)`/`notify_all`",
    "`Event` set/clear/is_set/`wait(timeout)`",
    "`Semaphore(value=1)` acquire(blocking=True)/release",
    "Thread-safety",
  ],
  "A.6": ["Timeouts on suspend/receive/locks/events/sockets", "No periodic timer, no cron, no deadline object"],
  "A.7": [
    "Pollers",
    "`AsyncSocket(sock, blocking=False, keyfile, certfile, ssl_version)`",
    "`recv, send, sendall, recvfrom, sendto, accept, connect, create_connection` (yield)",
    "`recvall(n)` (yield)",
    "`send_msg(bytes)` / `recv_msg()` (yield)",
    "`settimeout/gettimeout/setdefaulttimeout`",
    "`get_ssl_version/set_ssl_version`",
    "SSL",
    "`asyncfile.AsyncFile(fd)`",
    "`asyncfile.AsyncPipe(first, last=None)`",
    "`asyncfile.pipe`, `asyncfile.Popen`",
    "`AsyncThreadPool(n)`: `async_task(fn,*a,**k)` (yield), `join()`, `terminate()`",
    "`AsyncDBCursor(pool, cursor)`: execute, executemany, callproc (yield)",
  ],
  "A.8": [
    "`CategorizeMessages(task)`",
    "`.add(fn)` / `.remove(fn)`",
    "`.receive(category=None, timeout=None, alarm_value=None)` (yield)",
  ],
  "A.9": [
    "`yield monitor.monitor(observed)`",
    "`MonitorStatus(info, type, value)`",
    "Restart",
    "`hot_swappable(flag)`",
    "`hot_swap(fn,*a,**k)`",
  ],
  "B.1": [
    "`Pycos(udp_port=9705, tcp_port=None, host=None, ext_host=None, socket_family=None, ipv4_udp_multicast=False, name=None, discover_peers=True, secret='', certfile=None, keyfile=None, notifier=None, dest_path=None, max_file_size=None)`",
    "Wire protocol",
    "Sending",
    "Discovery",
    "`yield pycos.peer(loc, udp_port=0, stream_send=False, relay=False)`",
    "`pycos.peers()`, `peer_status(task)`, `PeerStatus(location, name, status Online=1/Offline=0)`",
    "`pycos.discover_peers(port=None)`, `.ignore_peers` (property), `yield close_peer(loc, timeout)`",
    "`yield pycos.locate(name, timeout=None)`",
    "`yield Task.locate / Channel.locate / RPS.locate / SysTask.locate(name, location=None, timeout=None)`",
    "`Location(host, port)`",
    "`RPS(method, name=None)` (alias `RTI`)",
    "`rtask = yield rps(*a, **k)` at a client (after `RPS.locate`)",
    "`rps.monitor(task)`, `rps.close()`",
    "`SysTask(fn, …)`",
    "`secret`",
    "certfile/keyfile",
    "`pycos.config`",
    "`yield send_file(location, file, dir=None, overwrite=False, timeout=10)`",
    "`yield del_file(location, file, dir=None, timeout=None)`",
    "`pycos.dest_path`",
  ],
  "B.2": [
    "remote_task_server, remote_task_client",
    "remote_channel_server, remote_channel_client",
    "chat_chan_server, chat_chan_client",
    "pico_service_task, pico_client_task",
    "rps_pico_service, rps_monitor_server and their clients",
    "rps_log_watch_server, rps_log_watch_client",
    "rps_node_server, rps_node_client",
    "dispycos_mas",
  ],
  "C.1": [
    "`Scheduler(**pycos_args, nodes=[], relay_nodes, pulse_interval, ping_interval, zombie_period, clean)`",
    "`dispycos.py` (shared scheduler) options",
    "One client at a time",
    "`Client(components, nodes=[], status_task=None, node_setup=None, server_setup=None, disable_nodes=False, disable_servers=False, pulse_interval=50, node_allocations=[] (deprecated), ping_interval=None, restart_servers=False, zombie_period=None(=10×pulse), abandon_zombie_nodes=False)` (alias `Computation`)",
    "`yield schedule(location=None, timeout=None)`",
    "`yield rtask(gen,*a,**k)` (= `run`)",
    "`yield rtask_at(where, …)` (= `run_at`)",
    "`yield io_rtask(…)`, `io_rtask_at(…)` (= `run_async[_at]`)",
    "`yield rtask()` / `rtask.finish(timeout)`",
    "rtask.send/deliver/terminate/location/name",
    "`enable_node(host, *setup_args)`, `enable_server(location, *setup_args)`",
    "`suspend_node/resume_node(host)`, `suspend_server/resume_server(location)`",
    "`close_server(loc, terminate=False, restart=False)`, `restart_server(loc, terminate)`",
    "`close_node(host, terminate)`, `restart_node(host, *setup_args, terminate=False)`",
    "`node_allocate(DispycosNodeAllocate)`",
    "`abandon_zombie(location, flag)`",
    "`yield nodes()`, `servers()`, `tasks(where)`",
    "`yield close(await_io=False, terminate=False, timeout=None)`",
    "No map / results helpers",
    "`DispycosStatus(status, info)` to status_task",
    "`DispycosTaskInfo(task,args,kwargs,start_time)`, `DispycosNodeInfo(name,addr,cpus,platform,avail_info)`, `DispycosNodeAvailInfo(location,cpu %,memory B,disk B,swap %)`",
    "`DispycosNodeAllocate(node, port=None, platform='', cpus=None, memory=None, disk=None)`; override `allocate(ip, name, platform, cpus, memory, disk)`",
    "node_setup",
    "server_setup",
    "`dispycos_close_server(terminate, restart)`, `dispycos_close_node(terminate)`",
    "KeyboardInterrupt before kill",
    "Working directories",
  ],
  "C.2": [
    "`-c/--cpus N`",
    "`-i/--host`, `--ext_host` (repeat)",
    "`--scheduler_port`, `--node_ports n` or `n1-n2` (repeat)",
    "`--ipv4_udp_multicast`",
    "`-n/--name`, `--dest_path`, `--max_file_size 10[kmgt]`",
    "`-s/--secret`, `--certfile`, `--keyfile`",
    "`--serve N`",
    "`--service_start/stop/end HH:MM`",
    "`--msg_timeout 10`, `--min_pulse_interval 10`, `--max_pulse_interval 100`, `--zombie_period 0`, `--ping_interval 0`",
    "`--daemon`, prompt `status/close/quit/terminate`",
    "`--clean`",
    "`--peer host:port` (repeat)",
    "`--config F`, `--save_config F`",
    "`-d/--debug`",
    "suid/sgid interpreter",
    "`data/Dockerfile`",
  ],
  "C.3": [
    "dispycos_client1, dispycos_httpd1, dispycos_httpd2",
    "dispycos_client2",
    "dispycos_client3",
    "dispycos_client4",
    "dispycos_client5, dispycos_client5_proc",
    "dispycos_client7",
    "dispycos_client8",
    "dispycos_client9_node, dispycos_client9_server",
    "dispycos_client10",
    "dispycos_mem_servers",
    "dispycos_live_analytics",
    "dispycos_kbd_int",
    "dispycos_remote_scheduler",
    "dispycos_cloud_computing, dispycos_ssh_ec2",
  ],
};

const docs = new URL("../docs/", import.meta.url);
const page = readFileSync(new URL("coming-from-pycos.md", docs), "utf8");

/** The cells of a row; a bar within a cell is escaped. */
const cellsOf = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
const chapters = new Map(
  Array.from(page.matchAll(/^### ([ABC]\.\d+)[^\n]*\n([\s\S]*?)(?=^#|(?![\s\S]))/gm), ([, name = "", text = ""]) => [
    name,
    text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2)
      .map(cellsOf),
  ]),
);

test("docs/coming-from-pycos.md has a row for every capability of one process, of several and of clusters, and no other", () => {
  const rows = Object.fromEntries(Array.from(chapters, ([name, cells]) => [name, cells.map(([theirs]) => theirs)]));
  expect(rows).toEqual(CAPABILITIES);
});

test("each of its rows says our name, what differs, and which test shows it", () => {
  for (const [theirs, ours, differs, tests = "", ...more] of [...chapters.values()].flat()) {
    expect([theirs, ours === "", differs === "", more]).toEqual([theirs, false, false, []]);
    const links = Array.from(tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g), ([, name = "", path = ""]) => ({
      name,
      path,
    }));
    expect([theirs, links.length > 0]).toEqual([theirs, true]);
    for (const { name, path } of links) {
      const file = new URL(path, docs);
      expect([path, existsSync(file)]).toEqual([path, true]);
      expect(readFileSync(file, "utf8")).toContain(`"${name}"`);
    }
  }
});

test("the pages for users link only to files and headings that are there", () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
  const broken: string[] = [];
  for (const name of ["tutorial", "tasks", "channels", "supervision", "io", "peers", "jobs", "coming-from-pycos"]) {
    const text = readFileSync(new URL(`${name}.md`, docs), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = new URL(path === "" ? `${name}.md` : path, docs);
      const headings = existsSync(file) ? readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm) : undefined;
      const found =
        headings !== undefined &&
        (anchor === undefined || Array.from(headings, ([, h = ""]) => slug(h)).includes(anchor));
      if (!found) broken.push(`${name}.md: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});
