import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PageStage } from '@vigil/contracts';
import { type ProviderCall, ProviderCallbacks } from '../../ports/provider-callbacks.js';
import { escaped } from './voice-pager.js';
import type { SignedTokens } from '../signed-tokens/signed-tokens.js';

/** Statuses of messages and of calls. Source: Twilio, "Message Status" and "Call Status". */
const STAGES: Readonly<Record<string, PageStage>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'displayed',
  undelivered: 'failed',
  failed: 'failed',
  'in-progress': 'delivered',
  completed: 'delivered',
  busy: 'failed',
  'no-answer': 'failed',
  canceled: 'failed',
};

export interface TwilioCallbacksOptions {
  /** Null where the site has no provider: nothing is genuine. */
  readonly authToken: string | null;
  readonly publicUrl: string | null;
  readonly tokens: Pick<SignedTokens, 'read'>;
}

/** Source: Twilio, "Security: validating requests": HMAC-SHA1 over the whole URL and the sorted fields, base64. */
export class TwilioCallbacks extends ProviderCallbacks {
  constructor(private readonly options: TwilioCallbacksOptions) {
    super();
  }

  isGenuine({ pathAndQuery, form, signature }: ProviderCall): boolean {
    const { authToken, publicUrl } = this.options;
    if (authToken === null || publicUrl === null || signature === undefined) return false;
    const expected = Buffer.from(signatureOf(authToken, `${publicUrl}${pathAndQuery}`, form));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  stageOf(form: Readonly<Record<string, string>>): PageStage | null {
    return STAGES[form['MessageStatus'] ?? form['SmsStatus'] ?? form['CallStatus'] ?? ''] ?? null;
  }

  pageOfVoiceToken(token: string): Promise<string | null> {
    return this.options.tokens.read(token);
  }

  speech(text: string): string {
    return `<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-GB">${escaped(text)}</Say></Response>`;
  }
}

export function signatureOf(authToken: string, url: string, form: Readonly<Record<string, string>>): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name]}`);
  return createHmac('sha1', authToken)
    .update(`${url}${fields.join('')}`)
    .digest('base64');
}
