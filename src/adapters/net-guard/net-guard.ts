import { lookup, type LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { OutsideAddresses } from '../../ports/outside-addresses.js';
import { isLoopbackName } from '../../setting-row.js';

/** Why an address that somebody has given is not connected to. */
type Refusal = 'not-a-url' | 'scheme' | 'credentials' | 'port' | 'address';

const WORDS: Readonly<Record<Refusal, string>> = {
  'not-a-url': 'is no URL',
  scheme: 'must be https',
  credentials: 'must name no user and no password',
  port: 'must use port 443 or one from 1024 on',
  address: 'must lead to the public internet; a host of the house has to be allowed by VIGIL_WEBHOOK_ALLOW',
};
const URL_CHARS_MAX = 2_048;
const HTTPS_PORT = 443;
/** Below are the ports of services of the house. */
const FREE_PORTS_FROM = 1_024;
/** Of IPv6 only what is given out to networks; all that carries an IPv4 address inside lies elsewhere or is named below. */
const GLOBAL = ipaddr.parseCIDR('2000::/3');
/** ISATAP (RFC 5214, section 6.1): the interface part names an IPv4 address. */
const ISATAP = new Set([0x0000, 0x0200]);
const ISATAP_MARK = 0x5efe;

/** Resolves a name to addresses, as `dns.lookup` with `all` does. */
export type Resolve = (name: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void;

const systemResolve: Resolve = (name, done) =>
  lookup(name, { all: true, verbatim: true }, (error, addresses) => done(error, addresses));

const nameServers = new Resolver({ timeout: 2_000, tries: 2 });

/**
 * Asks the name servers themselves. The look-up of the system takes one of two threads until it ends, and all other connections of this
 * process wait for them: two names whose server is silent would hold up the pages of everybody.
 */
const outsideResolve: Resolve = (name, done) => {
  void Promise.allSettled([nameServers.resolve4(name), nameServers.resolve6(name)]).then(([v4, v6]) => {
    const addresses = [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
    if (addresses.length > 0 || v4.status === 'fulfilled') return done(null, addresses);
    // No name server is set up for this machine: only the system knows what else it asks.
    const error = v4.reason as NodeJS.ErrnoException;
    return error.code === 'ECONNREFUSED' ? systemResolve(name, done) : done(error, []);
  });
};

const addressesOf = (answer: PromiseSettledResult<string[]>, family: number): readonly LookupAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];

/**
 * Says which addresses that people have given may be connected to: https to public addresses, and what the site allows by name. The
 * decision is made on the address at the moment of connecting (`lookup`), so that a name which resolves to something else the second
 * time gains nothing. Why: ADR 0070.
 */
export class NetGuard extends OutsideAddresses {
  private readonly allowed: ReadonlySet<string>;

  /** @param allow host names of this house, each with or without a port */
  constructor(
    allow: readonly string[] = [],
    /** Left out: the name servers, and for hosts of the house what this machine knows of them. */
    private readonly resolve?: Resolve,
  ) {
    super();
    this.allowed = new Set(allow.map((host) => host.toLowerCase()));
  }

  refusalOf(url: string): string | null {
    const checked = this.check(url);
    return 'refused' in checked ? WORDS[checked.refused] : null;
  }

  /** The URL, unless what it says already rules it out. A name is judged when it is resolved. */
  check(text: string): { readonly url: URL } | { readonly refused: Refusal } {
    const url = text.length <= URL_CHARS_MAX && URL.canParse(text) ? new URL(text) : null;
    if (url === null || url.hostname === '') return { refused: 'not-a-url' };
    const isAllowed = this.isAllowed(url);
    const isOwnMachine = url.protocol === 'http:' && isLoopbackName(url.hostname) && isAllowed;
    if (url.protocol !== 'https:' && !isOwnMachine) return { refused: 'scheme' };
    if (url.username !== '' || url.password !== '') return { refused: 'credentials' };
    if (isAllowed) return { url };
    const port = url.port === '' ? HTTPS_PORT : Number(url.port);
    if (port !== HTTPS_PORT && port < FREE_PORTS_FROM) return { refused: 'port' };
    // Decimal, octal and short forms are dotted by now: the URL standard reads them as the address they are.
    const literal = bare(url.hostname);
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) return { refused: 'address' };
    return { url };
  }

  /** For a connection to this URL: gives addresses only where every one of them may be connected to. */
  lookupFor(url: URL): LookupFunction {
    const isAllowed = this.isAllowed(url);
    const resolve = this.resolve ?? (isAllowed ? systemResolve : outsideResolve);
    return (name, options, done) => {
      resolve(name, (error, addresses) => {
        const fault = error ?? (addresses.length === 0 || !(isAllowed || addresses.every(isPublic)) ? REFUSED : null);
        if (fault !== null) return done(fault, '', 0);
        if (options.all === true) return done(null, [...addresses]);
        return done(null, addresses[0]!.address, addresses[0]!.family);
      });
    };
  }

  /** Asked once more of the other end of a connection that stands, before anything is written to it. */
  mayTalkTo(url: URL, remoteAddress: string | undefined): boolean {
    return this.isAllowed(url) || (remoteAddress !== undefined && isPublicAddress(remoteAddress));
  }

  /** A URL leaves the port of https out, a setting may name it. */
  private isAllowed({ hostname, port }: URL): boolean {
    const host = hostname.toLowerCase();
    return this.allowed.has(host) || this.allowed.has(`${host}:${port === '' ? HTTPS_PORT : port}`);
  }
}

const REFUSED = Object.assign(new Error('an address that is not connected to'), { code: 'EREFUSED' });

const isPublic = ({ address }: LookupAddress): boolean => isPublicAddress(address);

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/**
 * True for an address of the public internet. What stands for another address (mapped, translated, tunnelled) is none: where it leads
 * is decided by a machine that nobody here knows.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return true;
  const { parts } = address as ipaddr.IPv6;
  const isIsatap = ISATAP.has(parts[4]!) && parts[5] === ISATAP_MARK;
  return address.match(GLOBAL) && !isIsatap;
}
