/** The names and addresses of this machine, as browsers write them: a console that listens on all of them answers to these. */
import { X509Certificate } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";

const ANY: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Whether it listens on every address of this machine. */
export const isAnyAddress = (host: string): boolean => ANY.has(host);

/** As it stands in a URL: IPv6 in brackets. */
export const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host.toLowerCase());

/** Addresses of this machine beyond loopback, without those that are good on one link only. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ address, internal, family }) =>
      internal || (family === "IPv6" && address.startsWith("fe80:")) ? [] : [address],
    ),
  );
}

/** What a console on `host` answers to besides loopback, and the names that its certificate has. */
export function answeredHosts(host: string, cert: string | undefined): readonly string[] {
  const own = isAnyAddress(host) ? [...ownAddresses(), hostname()] : [host];
  return [...new Set([...own, ...namesOf(cert)].map(hostInUrl))];
}

/** Where people reach a console on `host`: where it listens on all addresses, the first beyond loopback. */
export const shownHost = (host: string): string =>
  hostInUrl(isAnyAddress(host) ? (ownAddresses()[0] ?? "127.0.0.1") : host);

/** The names and addresses in a certificate; patterns (`*.example.org`) are no names. */
function namesOf(cert: string | undefined): readonly string[] {
  if (cert === undefined) return [];
  const { subjectAltName = "" } = new X509Certificate(cert);
  return subjectAltName.split(", ").flatMap((one) => {
    const [, name = ""] = /^(?:DNS|IP Address):([^*\s"]+)$/.exec(one) ?? [];
    return name === "" ? [] : [name];
  });
}
