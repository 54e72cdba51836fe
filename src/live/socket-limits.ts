import type { IncomingMessage } from 'node:http';
import { sameOrigin } from '../access/same-origin.js';
import type { Metrics } from '../health/metrics.js';
import { networkOf } from '../http/request-limits.js';
import type { TrustedProxies } from '../http/trusted-proxies.js';
import { TokenBuckets } from '../http/token-buckets.js';
import { cutLine, type LiveServer, type LiveSocket } from './sockets.js';

export const CLIENTS_MAX = 1_000;
/** Lines of one caller in one namespace: pages of one person, or of one shared screen, and then some. */
export const LINES_PER_CALLER_MAX = 20;
/** Largest message of a client, in bytes: a join has a tenth of it. */
export const MESSAGE_BYTES_MAX = 16 * 1024;
/** Packets of one line: joins of two namespaces, pongs, and many times as much. */
const PACKETS = { capacity: 100, refillPerS: 20, keysMax: 2 * CLIENTS_MAX };
/** New lines from one network: every screen of a site that comes back after an outage. */
const OPENINGS = { capacity: 2 * CLIENTS_MAX, refillPerS: 50, keysMax: 10_000 };

interface LimitParts {
  readonly metrics: Metrics;
  readonly wallMs: () => number;
  /** Own origin, beside the one that the request names. */
  readonly publicOrigin: () => string;
  readonly proxies: TrustedProxies;
}

/** What may be opened, and how much one line may say. Everything beyond it is cut without an answer. */
export class SocketLimits {
  private readonly openings = new TokenBuckets(OPENINGS);
  private readonly packets = new TokenBuckets(PACKETS);

  constructor(private readonly parts: LimitParts) {}

  /**
   * Null when this HTTP request may open a line or go on with one by polling, else why not. A page of another site
   * makes a browser bring our cookies along (cross-site WebSocket hijacking), so its origin is refused here, before
   * anything is read.
   */
  refusal(request: IncomingMessage, clients: number): string | null {
    const { publicOrigin, wallMs, proxies } = this.parts;
    if (sameOrigin(request.headers, publicOrigin()) === 'other') return 'forbidden';
    if (/[?&]sid=/.test(request.url ?? '')) return null;
    if (clients >= CLIENTS_MAX) return 'too many screens';
    return this.openings.take(networkOf(proxies.clientOf(request)), wallMs()) > 0 ? 'too many at once' : null;
  }

  /** Bounds every line of this server, and gives its HTTP answers the headers of all others. */
  watch(io: LiveServer): void {
    io.engine.on('headers', (headers: Record<string, string>) => {
      headers['cache-control'] = 'no-store';
      headers['x-content-type-options'] = 'nosniff';
      headers['cross-origin-resource-policy'] = 'same-origin';
    });
    io.engine.on('connection', (line: LiveSocket['conn']) => {
      // The engine has no public word for the line's name (engine.io 6.6).
      const { id } = line as unknown as { readonly id: string };
      line.on('packet', () => {
        if (this.packets.take(id, this.parts.wallMs()) === 0) return;
        this.parts.metrics.socketClosed('too-many-messages');
        cutLine(line);
      });
    });
  }

  /**
   * False when this caller has so many lines already that it would take the room of others; the line is then closed,
   * and a browser does not come back by itself.
   */
  hasRoom(socket: LiveSocket): boolean {
    const { name } = socket.data.caller;
    const lines = [...socket.nsp.sockets.values()].filter((other) => other.data.caller?.name === name);
    if (lines.length <= LINES_PER_CALLER_MAX) return true;
    this.parts.metrics.socketClosed('too-many-lines');
    socket.disconnect(true);
    return false;
  }

  /** Whoever sends what nobody listens for is no screen of ours. Called once its listeners are there. */
  refuseUnknown(socket: LiveSocket): void {
    socket.onAny((event: string) => {
      if (socket.listenerCount(event as 'join') > 0) return;
      this.parts.metrics.socketClosed('unknown-message');
      socket.disconnect(true);
    });
  }
}
