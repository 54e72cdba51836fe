import { TokenBuckets } from './token-buckets.js';

/** Seconds' worth of requests that may come at once. */
const BURST_S = 20;
/** Callers behind one address, e.g. a ward behind one router. */
const CALLERS_PER_ADDRESS = 10;
const CALLERS_MAX = 10_000;
const ADDRESSES_MAX = 10_000;

/**
 * What a person does about an alarm or in an emergency. It has buckets of its own, so that a screen that asks too
 * often, or somebody else behind the same address, never stops a clinician's accept.
 */
const URGENT = /\/(accept|acknowledge|break-glass)(\/|$)/;

/** How many requests a caller and an address may make, as token buckets in bounded memory. */
export class RequestLimits {
  private readonly addresses: Readonly<Record<'urgent' | 'ordinary', TokenBuckets>>;
  private readonly callers: Readonly<Record<'urgent' | 'ordinary', TokenBuckets>>;

  /** @param callerPerS requests a second that one caller may make for ever */
  constructor(callerPerS: number) {
    const perCaller = { capacity: callerPerS * BURST_S, refillPerS: callerPerS, keysMax: CALLERS_MAX };
    const addressPerS = callerPerS * CALLERS_PER_ADDRESS;
    const perAddress = { capacity: addressPerS * BURST_S, refillPerS: addressPerS, keysMax: ADDRESSES_MAX };
    this.addresses = { urgent: new TokenBuckets(perAddress), ordinary: new TokenBuckets(perAddress) };
    this.callers = { urgent: new TokenBuckets(perCaller), ordinary: new TokenBuckets(perCaller) };
  }

  /** 0, or how many ms this address has to wait. @param route the template, e.g. `/api/v1/alarms/:alarmId/accept` */
  address(ip: string, route: string, wallMs: number): number {
    return this.addresses[laneOf(route)].take(networkOf(ip), wallMs);
  }

  /** 0, or how many ms this caller has to wait. */
  caller(name: string, route: string, wallMs: number): number {
    return this.callers[laneOf(route)].take(name, wallMs);
  }
}

function laneOf(route: string): 'urgent' | 'ordinary' {
  return URGENT.test(route) ? 'urgent' : 'ordinary';
}

/** Who is behind an address: an IPv6 host has a whole /64 to call from (RFC 4291, section 2.5.4). */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!ip.includes(':')) return ip;
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const missing = ip.includes('::') ? Math.max(0, 8 - first.length - last.length) : 0;
  const groups = [...first, ...Array.from({ length: missing }, () => '0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
