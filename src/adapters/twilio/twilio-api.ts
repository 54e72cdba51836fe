import { createHash } from 'node:crypto';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import type { OutgoingPage } from '../../ports/pager.js';
import { boundedPost } from '../net-guard/bounded-post.js';
import { failed, gone } from '../net-guard/page-outcome.js';

/** Where the provider of this API is; another one that speaks it is named by `SMS_URL`. */
export const TWILIO_URL = 'https://api.twilio.com';

export interface TwilioAccount {
  readonly baseUrl: string;
  readonly account: string;
  readonly token: string;
  /** Where people reach this platform; without it, nothing is reported back. */
  readonly publicUrl: string | null;
  /** Left out: ten seconds. */
  readonly timeoutMs?: number;
}

const Taken = z.object({ sid: z.string().min(1).max(64) });
const Refused = z.object({ code: z.number().int() });
/** No such number, a number that takes no SMS, and somebody who has asked for no more. Source: Twilio error dictionary. */
const GONE_CODES = new Set([21_211, 21_214, 21_217, 21_610, 21_614]);
const RETRYABLE_STATUSES = new Set([408, 425, 429]);

/**
 * One call of the Messages or Calls API. A provider that answers what nobody understands has not taken the page: it is sent again under
 * the same idempotency token.
 *
 * Source: Twilio REST API 2010-04-01, "Create a Message", "Create a Call".
 * @throws PlatformError('pager-unavailable'), AddressGone; neither names the number or the text
 */
export async function createAtTwilio(
  { baseUrl, account, token, publicUrl, timeoutMs }: TwilioAccount,
  resource: 'Messages' | 'Calls',
  page: OutgoingPage,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly receipt: string }> {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(account)}/${resource}.json`);
  const callback =
    publicUrl === null ? {} : { StatusCallback: `${publicUrl}${STATUS_PATH}?page=${encodeURIComponent(page.pageId)}` };
  const headers = {
    authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    'i-twilio-idempotency-token': createHash('sha256').update(page.idempotencyKey).digest('hex').slice(0, 36),
  };
  const body = new URLSearchParams({ ...fields, ...callback }).toString();
  const answer = await boundedPost({ url, headers, body, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).catch(() => {
    throw failed(page, true);
  });
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const taken = Taken.safeParse(jsonOf(answer.text));
    if (!taken.success) throw failed(page, true);
    return { receipt: `sid ${taken.data.sid.replace(/[^A-Za-z0-9]/g, '')}` };
  }
  const refused = Refused.safeParse(jsonOf(answer.text));
  if (refused.success && GONE_CODES.has(refused.data.code)) throw gone(page);
  throw failed(page, status >= 500 || RETRYABLE_STATUSES.has(status));
}

export const STATUS_PATH = '/api/v1/providers/twilio/status';
export const VOICE_PATH = '/api/v1/providers/twilio/voice';

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws PlatformError('invalid-request') for a page that names no telephone */
export function phoneOf(page: OutgoingPage): string {
  if (/^\+[1-9]\d{6,14}$/.test(page.address)) return page.address;
  throw new PlatformError('pager-unavailable', { ids: [`page:${page.pageId}`], attempt: page.attempts });
}
