import { isIPv4 } from 'node:net';

/** Does this name of an interface mean this machine alone? */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
