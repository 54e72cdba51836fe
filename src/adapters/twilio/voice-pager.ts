import { type OutgoingPage, Pager } from '../../ports/pager.js';
import type { SignedTokens } from '../signed-tokens/signed-tokens.js';
import { createAtTwilio, phoneOf, type TwilioAccount, VOICE_PATH } from './twilio-api.js';

/** Seconds for which the telephone rings: the next channel and the next person do not wait for it. */
const RING_S = 25;
const LINK = /\s*(Open:)?\s*https?:\/\/\S+$/;

/**
 * Pages as a call: what and where, twice, then a key for "I am going" or "I cannot". Nothing of a patient is spoken. A stand-down
 * never rings.
 */
export class VoicePager extends Pager {
  readonly channel = 'voice';

  constructor(
    private readonly account: TwilioAccount & { readonly publicUrl: string },
    private readonly from: string,
    private readonly tokens: SignedTokens,
  ) {
    super();
  }

  async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    const token = await this.tokens.issue(page.pageId);
    const action = `${this.account.publicUrl}${VOICE_PATH}?token=${encodeURIComponent(token)}`;
    const Twiml = page.kind === 'alarm' ? alarmCall(page, action) : plainCall(page);
    return createAtTwilio(this.account, 'Calls', page, {
      ...{ To: phoneOf(page), From: this.from, Twiml, Timeout: String(RING_S) },
    });
  }
}

function alarmCall(page: OutgoingPage, action: string): string {
  const what = say(spoken(page));
  const ask = say('Press 1 if you are going. Press 2 if you cannot.');
  const gather = `<Gather numDigits="1" timeout="10" method="POST" action="${escaped(action)}">${what}${ask}${what}${ask}</Gather>`;
  return `<Response>${gather}${say('No key was pressed. Others will be told.')}</Response>`;
}

const plainCall = (page: OutgoingPage): string => `<Response>${say(spoken(page))}${say(spoken(page))}</Response>`;

/** Stars and links are for the eye. */
function spoken(page: OutgoingPage): string {
  const text = page.kind === 'alarm' ? page.subject : page.text.replace(LINK, '');
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[*!]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const say = (text: string): string => `<Say language="en-GB">${escaped(text)}</Say>`;

export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[&<>"']/g, (char) => entities[char]!);
}
