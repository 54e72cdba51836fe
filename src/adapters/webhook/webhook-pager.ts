import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Webhook } from 'standardwebhooks';
import type { QueuedPage } from '../../ports/escalations.js';
import { Pager } from '../../ports/pager.js';

const TIMEOUT_MS = 10_000;
/** Statuses below 500 that ask to try again: request timeout, too early, too many requests. */
const RETRYABLE_STATUSES = new Set([408, 425, 429]);

export interface WebhookPagerOptions {
  /** https, or http to this very machine. */
  readonly url: string;
  /** `whsec_` and base64, as Standard Webhooks has it. */
  readonly secret: string;
  readonly clock: Pick<Clock, 'wallMs'>;
}

/**
 * Pages as signed JSON by the Standard Webhooks scheme: `webhook-id` is the idempotency key, `webhook-signature` is an
 * HMAC over id, time and body. Any 2xx means taken. Redirects are not followed: the body holds a pager link.
 */
export class WebhookPager extends Pager {
  readonly channel = 'webhook';
  private readonly signer: Webhook;

  /** @throws Error when the address is neither https nor loopback, or the secret is not one */
  constructor(private readonly options: WebhookPagerOptions) {
    super();
    const { protocol, hostname } = new URL(options.url);
    const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
    if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) {
      throw new Error('the webhook must be https; plain http is for this machine only');
    }
    this.signer = new Webhook(options.secret);
  }

  async send(page: QueuedPage): Promise<{ readonly receipt: string }> {
    const now = new Date(this.options.clock.wallMs());
    const body = JSON.stringify({
      type: 'page.queued',
      timestamp: now.toISOString(),
      data: { pageId: page.pageId, alarmId: page.alarmId, staffId: page.staffId, subject: page.subject, text: page.text },
    });
    const response = await this.post(page, body, {
      'content-type': 'application/json',
      'webhook-id': page.idempotencyKey,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': this.signer.sign(page.idempotencyKey, now, body),
    });
    await response.body?.cancel();
    if (!response.ok) {
      throw refused(page, response.status >= 500 || RETRYABLE_STATUSES.has(response.status));
    }
    return { receipt: `HTTP ${response.status}` };
  }

  private async post(page: QueuedPage, body: string, headers: Record<string, string>): Promise<Response> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return await fetch(this.options.url, { method: 'POST', body, headers, redirect: 'manual', signal });
    } catch {
      // The cause is left out on purpose: it may repeat the address with its secrets.
      throw refused(page, true);
    }
  }
}

function refused(page: QueuedPage, retryable: boolean): PlatformError {
  return new PlatformError('pager-unavailable', { ids: [`page:${page.pageId}`], attempt: page.attempts }, retryable);
}
