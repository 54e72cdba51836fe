import type { Logger } from 'pino';
import { redisUrlOf, RedisUrlError } from '../adapters/redis/redis-url.js';
import { RedisNewsLines } from '../adapters/redis/redis-news-lines.js';
import { type Settings, SettingsError } from '../config.js';
import type { Metrics } from '../health/metrics.js';
import type { Readiness } from '../health/readiness.js';
import type { LineTrouble, NewsLines } from '../ports/news-lines.js';
import type { SiteSecrets } from '../ports/site-secrets.js';
import { NewsBus } from '../processes/news-bus.js';
import { NewsMetrics } from '../processes/news-metrics.js';
import type { Opened } from './open-ports.js';

const CHANNEL_SECRET = 'news-channel';
const TOLD_EVERY_MS = 1_000;
const STALE_MS = 5_000;

/** What to look at; more is in docs/runbook.md#news-between-processes. */
const SAYS: Readonly<Record<LineTrouble, string>> = {
  away: 'Redis does not answer: is it up, and do host and port of REDIS_URL lead to it?',
  hangs: 'Redis takes no words or gives none back: look at its load, and at the network',
  refused: 'Redis refuses the user or the password of REDIS_URL',
  'no-right': 'the user of REDIS_URL may not publish and subscribe on the channels vigil:*',
  certificate: 'the certificate of Redis is not believed: look at cacert of REDIS_URL, and at the name in the certificate',
  full: 'Redis has no room: look at its memory and its number of clients',
  broken:
    'Redis answers what is not understood: it must be version 6 or newer, and no cluster port or proxy that speaks otherwise',
};

/** What lines are opened by; null: REDIS_URL is not set. @throws SettingsError with one line, which never holds the setting itself */
export function newsLinesOf({ redisUrl }: Pick<Settings, 'redisUrl'>): NewsLines | null {
  if (redisUrl === null) return null;
  try {
    return new RedisNewsLines(redisUrlOf(redisUrl));
  } catch (error) {
    throw error instanceof RedisUrlError ? new SettingsError(error.message) : error;
  }
}

export interface NewsBusOptions {
  readonly lines: NewsLines | null;
  readonly opened: Pick<Opened, 'news' | 'processId'> & { readonly ports: Pick<Opened['ports'], 'clock' | 'siteSecrets'> };
  readonly readiness: Readiness;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly log: Logger;
}

/** The line to the other processes of the site, and how it is as the health check says it; null: there is none. */
export function newsBus(options: NewsBusOptions): Pick<NewsBus, 'start' | 'stop'> | null {
  const { lines, opened, readiness, metrics, log } = options;
  if (lines === null) return null;
  const { news, processId } = opened;
  const { clock, siteSecrets } = opened.ports;
  const { where } = lines;
  // Degrades only: everything is found without it, some of it a second later.
  const part = readiness.expect('news', { staleMs: STALE_MS, degradesOnly: true });
  const bus = new NewsBus({
    ...{ lines, news, processId, clock, metrics: new NewsMetrics(metrics.registry) },
    channel: () => channelOf(siteSecrets),
    onTrouble: (trouble) => {
      tell();
      if (trouble === null) log.info({ part: 'news', where }, 'news between processes go at once');
      else log.warn({ part: 'news', where, code: trouble, says: SAYS[trouble] }, 'news between processes go by the store');
    },
  });
  const tell = (): void => {
    if (bus.lineTrouble === null) part.ok();
    else part.failed(`no line: ${bus.lineTrouble}`);
  };
  let cancel = (): void => undefined;
  return {
    start: () => {
      bus.start();
      cancel = clock.every(TOLD_EVERY_MS, tell);
    },
    stop: () => {
      cancel();
      bus.stop();
    },
  };
}

/** The same in all processes of a site, so that two sites on one server do not hear each other. */
async function channelOf(secrets: SiteSecrets): Promise<string> {
  return `vigil:news:${(await secrets.secret(CHANNEL_SECRET)).toString('hex').slice(0, 32)}`;
}
