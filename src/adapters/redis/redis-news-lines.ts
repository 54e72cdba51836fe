import { createClient } from '@redis/client';
import { isIP } from 'node:net';
import { type LineListener, type LineTrouble, type NewsLine, NewsLineError, NewsLines } from '../../ports/news-lines.js';
import type { RedisUrl } from './redis-url.js';

const CONNECT_WITHIN_MS = 5_000;

/**
 * Lines over publish and subscribe of Redis 6 or newer: one connection each, which listens and speaks (RESP 3), so that a line is there or
 * is not. The client's own ways to come back are off: it was seen to stay half alive, and whoever holds the line opens a new one.
 */
export class RedisNewsLines extends NewsLines {
  override readonly where: string;

  constructor(private readonly url: RedisUrl) {
    super();
    this.where = url.where;
  }

  override async open(channel: string, listener: LineListener, signal: AbortSignal): Promise<NewsLine> {
    const line = new RedisLine(clientOf(this.url), channel, listener);
    const given = givenUp(signal);
    try {
      // The client's own attempt ends neither by itself nor by `destroy` while a server hangs.
      await Promise.race([line.begin(), given.up]);
      return line;
    } catch (error) {
      line.close();
      throw lineError(error);
    } finally {
      given.end();
    }
  }
}

/** Rejects when the attempt is given up. */
function givenUp(signal: AbortSignal): { readonly up: Promise<never>; end(): void } {
  let end = (): void => undefined;
  const up = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new NewsLineError('hangs'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    end = () => signal.removeEventListener('abort', giveUp);
  });
  up.catch(() => undefined);
  return { up, end };
}

type Client = ReturnType<typeof clientOf>;

function clientOf({ host, port, username, password, tls }: RedisUrl) {
  const common = { host, port, connectTimeout: CONNECT_WITHIN_MS, keepAlive: true, reconnectStrategy: false as const };
  const named = isIP(host) === 0 ? { servername: host } : {};
  return createClient({
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...{ RESP: 3 as const, name: 'vigil', disableOfflineQueue: true, disableClientInfo: true },
    socket:
      tls === null
        ? common
        : { ...common, ...named, tls: true, minVersion: 'TLSv1.2', ...(tls.ca === null ? {} : { ca: tls.ca }) },
  });
}

class RedisLine implements NewsLine {
  private state: 'opening' | 'open' | 'over' = 'opening';
  /** What ended it before it was open: what the client throws then is only that it was closed. */
  private first: unknown = null;

  constructor(
    private readonly client: Client,
    private readonly channel: string,
    private readonly listener: LineListener,
  ) {
    client.on('error', (error: unknown) => this.ended(error));
    client.on('end', () => this.ended(null));
  }

  async begin(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      throw this.first ?? error;
    }
  }

  private async connect(): Promise<void> {
    await this.client.connect();
    // Closed meanwhile: what connected only afterwards would stay open.
    if (this.state === 'over') return this.close();
    await this.client.subscribe(this.channel, (text) => {
      if (this.state !== 'over') this.listener.text(text);
    });
    if (this.state === 'opening') this.state = 'open';
  }

  async publish(text: string): Promise<void> {
    try {
      await this.client.publish(this.channel, text);
    } catch (error) {
      throw lineError(error);
    }
  }

  close(): void {
    this.state = 'over';
    try {
      this.client.destroy();
    } catch {
      // It was over already.
    }
  }

  private ended(error: unknown): void {
    const wasOpen = this.state === 'open';
    if (this.state === 'opening') this.first ??= error;
    this.close();
    // What keeps a line from being opened is thrown there.
    if (wasOpen) this.listener.end(error === null ? 'away' : troubleOf(error));
  }
}

const lineError = (error: unknown): NewsLineError =>
  error instanceof NewsLineError ? error : new NewsLineError(troubleOf(error));

const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The first words of what the server says. */
const SAID: readonly (readonly [RegExp, LineTrouble])[] = [
  [/^(WRONGPASS|NOAUTH|ERR (AUTH|invalid password|Client sent AUTH))/i, 'refused'],
  [/^NOPERM/, 'no-right'],
  [/^(OOM|MISCONF|ERR max number of clients)/i, 'full'],
  [/^(LOADING|MASTERDOWN|CLUSTERDOWN)/, 'away'],
];

/** What is wrong, in one word of ours: what the server or the client says stays here. */
function troubleOf(error: unknown): LineTrouble {
  const { code = '', message = '', name = '', errors } = Object(error) as Partial<NodeJS.ErrnoException & AggregateError>;
  if (
    AWAY.has(code) ||
    /^(SocketClosedUnexpectedly|ConnectionTimeout|SocketTimeout|ClientClosed|ClientOffline|Disconnects)/.test(name)
  )
    return 'away';
  if (/^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) return 'certificate';
  // Of a name with several addresses.
  if (errors !== undefined && errors.length > 0) return troubleOf(errors[0]);
  const said = SAID.find(([begin]) => begin.test(message));
  if (said !== undefined) return said[1];
  return /socket closed|timeout/i.test(message) ? 'away' : 'broken';
}
