import { createHash } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import { PushAddress } from '@vigil/contracts';
import { type OutgoingPage, Pager } from '../../ports/pager.js';
import { boundedPost } from '../net-guard/bounded-post.js';
import type { NetGuard } from '../net-guard/net-guard.js';
import { answered, failed, gone } from '../net-guard/page-outcome.js';
import { encrypt } from './encrypt.js';
import { vapidAuthorization, type VapidKeys } from './vapid.js';
import type { WebPushKeys } from './web-push-keys.js';

/** As long as the link in it is good: a phone that was off for a minute still rings while somebody is needed. */
const TTL_S = 600;
/** Topics have 32 characters at most (RFC 8030, section 5.4). */
const TOPIC_CHARS = 32;
const GONE = new Set([404, 410]);
const LINK = /https?:\/\/\S+$/;

export interface WebPushPagerOptions {
  readonly keys: Pick<WebPushKeys, 'keys' | 'receiptFor'>;
  readonly subject: string;
  readonly guard: NetGuard;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Left out: ten seconds. */
  readonly timeoutMs?: number;
}

/**
 * Pages as web push. The body is declarative (`web_push: 8030`), which some phones show by themselves even where the service worker
 * fails; the service worker of the dashboard reads the same. Nobody between here and the browser can read it. A push service that
 * takes a message says nothing of the phone: that is told by the service worker.
 *
 * Source: RFC 8030, 8188, 8291, 8292; W3C Push API, "Declarative push message".
 */
export class WebPushPager extends Pager {
  readonly channel = 'webPush';
  constructor(private readonly options: WebPushPagerOptions) {
    super();
  }

  async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    const address = addressOf(page.address);
    // An emptied address: the subscription is gone already.
    if (address === null) throw gone(page);
    const checked = this.options.guard.check(address.endpoint);
    if ('refused' in checked) throw failed(page, false);
    const { url } = checked;
    const [keys, receipt] = await this.secretsFor(page);
    const body = encrypted(page, address, receipt);
    const { subject, guard, clock, timeoutMs } = this.options;
    const headers = {
      authorization: vapidAuthorization(url, subject, keys, clock.wallMs()),
      'content-type': 'application/notification+json',
      'content-encoding': 'aes128gcm',
      ttl: String(TTL_S),
      urgency: 'high',
      topic: topicOf(page),
    };
    const post = boundedPost({ url, headers, body, guard, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    const answer = await answered(page, post);
    if (GONE.has(answer.status)) throw gone(page);
    return { receipt: `HTTP ${answer.status}` };
  }

  /** Made at the first page and kept: while the key service is away there are none, and the page is tried again. */
  private async secretsFor(page: OutgoingPage): Promise<[VapidKeys, string]> {
    const { keys } = this.options;
    return Promise.all([keys.keys(), keys.receiptFor(page)]).catch(() => {
      throw failed(page, true);
    });
  }
}

/**
 * The same for all messages of one alarm, so that a phone which was off shows the last of them; it tells nobody which alarm. What tells of
 * several alarms keeps its place until it is opened: what is said of one of them must not take the others off the screen.
 */
function topicOf({ alarmId, staffId, covers, idempotencyKey }: About): string {
  return createHash('sha256')
    .update(covers.length > 1 ? idempotencyKey : `${alarmId ?? 'test'}/${staffId}`)
    .digest('base64url')
    .slice(0, TOPIC_CHARS);
}

type About = Pick<OutgoingPage, 'alarmId' | 'staffId' | 'covers' | 'idempotencyKey'>;

/** What the phone shows: where and how urgent, and a link; nothing of a patient, as in every page. */
export function pushMessage(page: About & Pick<OutgoingPage, 'subject' | 'text' | 'kind'>, receipt: string): string {
  const link = LINK.exec(page.text)?.[0] ?? '/';
  const title = page.subject.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return JSON.stringify({
    web_push: 8030,
    notification: {
      title,
      lang: 'en',
      dir: 'ltr',
      body: page.text.replace(LINK, '').trim(),
      navigate: link,
      tag: topicOf(page),
      silent: page.kind !== 'alarm',
      requireInteraction: page.kind === 'alarm',
      data: { link, receipt },
    },
  });
}

function encrypted(page: OutgoingPage, address: PushAddress, receipt: string): Buffer {
  try {
    return encrypt(pushMessage(page, receipt), address);
  } catch {
    throw failed(page, false);
  }
}

function addressOf(text: string): PushAddress | null {
  try {
    return PushAddress.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
