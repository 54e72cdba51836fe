import type { FastifyRequest } from 'fastify';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Asked on this machine itself, by loopback or by its own address. What says of itself to come through a proxy is not: one on this machine
 * would make the whole world look local.
 */
export function isOfThisMachine({ ip, headers, socket }: Pick<FastifyRequest, 'ip' | 'headers' | 'socket'>): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined) return false;
  return LOOPBACK.has(ip) || ip === socket.localAddress;
}
