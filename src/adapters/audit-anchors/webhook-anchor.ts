import { createHash } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Webhook } from 'standardwebhooks';
import { AuditAnchor, type AnchorNote } from '../../ports/audit-anchor.js';

const TIMEOUT_MS = 10_000;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export interface WebhookAnchorOptions {
  /** https, or http to this very machine. */
  readonly url: string;
  /** `whsec_` and base64, as Standard Webhooks has it. */
  readonly secret: string;
  readonly clock: Pick<Clock, 'wallMs'>;
}

/**
 * Posts each note as signed JSON by the Standard Webhooks scheme; the id is made of the note, so that one that comes
 * twice can be told. Any 2xx means kept. Redirects are not followed, so nobody can send the platform elsewhere.
 */
export class WebhookAnchor extends AuditAnchor {
  readonly name = 'webhook';
  readonly everyMs = 0;
  private readonly signer: Webhook;

  /** @throws Error when the address is neither https nor loopback, or the secret is not one */
  constructor(private readonly options: WebhookAnchorOptions) {
    super();
    const { protocol, hostname } = new URL(options.url);
    if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.has(hostname))) {
      throw new Error('the webhook must be https; plain http is for this machine only');
    }
    this.signer = new Webhook(options.secret);
  }

  async publish({ note }: AnchorNote): Promise<void> {
    const { url, clock } = this.options;
    const id = `checkpoint_${createHash('sha256').update(note).digest('hex').slice(0, 32)}`;
    const now = new Date(clock.wallMs());
    const body = JSON.stringify({ type: 'audit.checkpoint', timestamp: now.toISOString(), data: { note } });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': this.signer.sign(id, now, body),
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal }).catch(() => null);
    await response?.body?.cancel();
    // The cause is left out on purpose: it may repeat the address with its secrets.
    if (response?.ok !== true) throw new PlatformError('anchor-unavailable', {}, true);
  }

  async close(): Promise<void> {}
}
