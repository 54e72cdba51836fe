import type { Clock } from '@vigil/clock';
import { type AlarmId, WebhookAddress } from '@vigil/contracts';
import { Webhook } from 'standardwebhooks';
import { type OutgoingPage, Pager } from '../../ports/pager.js';
import { boundedPost } from '../net-guard/bounded-post.js';
import type { NetGuard } from '../net-guard/net-guard.js';
import { answered, failed, gone } from '../net-guard/page-outcome.js';

const GONE = 410;
const NOT_FOUND = 404;

export interface WebhookPagerOptions {
  /** The site's own: https, or http to this very machine. Null where only people have webhooks. */
  readonly site: { readonly url: string; readonly secret: string } | null;
  /** Decides about the addresses that people give. */
  readonly guard: NetGuard;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** By which the receiver goes on with the trace of an alarm (W3C Trace Context); left out, there is none. */
  readonly traceparent?: (alarmId: AlarmId) => Promise<string>;
  /** Left out: ten seconds. */
  readonly timeoutMs?: number;
}

/**
 * Pages as signed JSON by the Standard Webhooks scheme: `webhook-id` is the idempotency key, `webhook-signature` is an HMAC over id,
 * time and body, and a receiver refuses what is older than five minutes (docs/webhooks.md). Any 2xx means taken. Redirects are not
 * followed: the body holds a pager link. A person's own webhook goes only where the guard lets it.
 */
export class WebhookPager extends Pager {
  readonly channel = 'webhook';
  private readonly site: { readonly url: URL; readonly signer: Webhook } | null;

  /** @throws Error when the site's address is neither https nor loopback, or the secret is not one */
  constructor(private readonly options: WebhookPagerOptions) {
    super();
    this.site = options.site === null ? null : siteOf(options.site);
  }

  async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    const own = personalOf(page.address);
    const target = own === null ? this.site : this.guarded(page, own);
    if (target === null) throw failed(page, false);
    const now = new Date(this.options.clock.wallMs());
    const body = JSON.stringify({
      type: page.kind === 'test' ? 'page.test' : 'page.queued',
      timestamp: now.toISOString(),
      data: {
        ...{ pageId: page.pageId, alarmId: page.alarmId, staffId: page.staffId, kind: page.kind },
        ...{ subject: page.subject, text: page.text },
      },
    });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': page.idempotencyKey,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': target.signer.sign(page.idempotencyKey, now, body),
      ...(await this.traceOf(page)),
    };
    const { guard, timeoutMs } = this.options;
    const how = { ...(own === null ? {} : { guard }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const { status } = await answered(page, boundedPost({ url: target.url, headers, body, ...how }));
    if (status === GONE && own !== null) throw gone(page);
    if (status === GONE || status === NOT_FOUND) throw failed(page, false);
    return { receipt: `HTTP ${status}` };
  }

  /** A page leaves without it where the keys are away. */
  private async traceOf({ alarmId }: OutgoingPage): Promise<Readonly<Record<string, string>>> {
    const { traceparent } = this.options;
    if (traceparent === undefined || alarmId === null) return {};
    return traceparent(alarmId).then(
      (value) => ({ traceparent: value }),
      () => ({}),
    );
  }

  private guarded(page: OutgoingPage, { url, secret }: WebhookAddress): { readonly url: URL; readonly signer: Webhook } {
    const checked = this.options.guard.check(url);
    if ('refused' in checked) throw failed(page, false);
    return { url: checked.url, signer: new Webhook(secret) };
  }
}

function siteOf({ url: text, secret }: { readonly url: string; readonly secret: string }) {
  const url = new URL(text);
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw new Error('the webhook must be https; plain http is for this machine only');
  }
  return { url, signer: new Webhook(secret) };
}

/** The address of the site's webhook is the id of the person; that of a person's own says where it goes. */
function personalOf(address: string): WebhookAddress | null {
  if (!address.startsWith('{')) return null;
  const parsed = WebhookAddress.safeParse(JSON.parse(address));
  return parsed.success ? parsed.data : null;
}
