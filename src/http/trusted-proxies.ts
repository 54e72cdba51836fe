import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses in `X-Forwarded-For` that are looked at, from the last one on: a chain of proxies is shorter. */
const HOPS_MAX = 8;

/**
 * The proxies of this site, whose word counts about who asks (`X-Forwarded-For`). Nobody else's does: an address in a header can be
 * anybody's, and bounds, sign-in and audit go by it.
 */
export class TrustedProxies {
  private readonly list = new BlockList();

  /** @param addresses IPv4 or IPv6 addresses, each of one machine */
  constructor(private readonly addresses: readonly string[] = []) {
    for (const address of addresses) this.list.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  /** For Fastify's `trustProxy`: false where there is none. */
  get trust(): false | ((address: string) => boolean) {
    return this.addresses.length === 0 ? false : (address) => this.has(address);
  }

  has(address: string): boolean {
    const plain = plainOf(address);
    const family = isIP(plain);
    return family !== 0 && this.list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }

  /** Who asks, by address: the last one that no proxy of ours stands for. As Fastify does it for requests, here for sockets. */
  clientOf({
    socket,
    headers,
  }: Pick<IncomingMessage, 'headers'> & { readonly socket: { readonly remoteAddress?: string | undefined } }): string {
    let address = socket.remoteAddress ?? '';
    const said = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((each) => each.trim())
      .reverse()
      .slice(0, HOPS_MAX);
    for (const each of said) {
      if (!this.has(address) || isIP(each) === 0) break;
      address = each;
    }
    return address;
  }
}

/** An IPv4 address as a socket for both kinds shows it. */
const plainOf = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');
