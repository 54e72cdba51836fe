import { z } from 'zod';
import { filled, isLoopbackName, type ReadOf, row, SettingsError } from './setting-row.js';

/** `host` or `host:port`, as a URL has it. */
const HOST = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i;

/** Settings of the ways in which pages leave the house, beside mail and the site's webhook. */
export const CHANNEL_ROWS = {
  VAPID_SUBJECT: row(
    null,
    'Whom people of a push service write to about this site, `mailto:…` or `https://…`. Default: the address of the platform.',
    z.string().regex(/^(mailto:\S+@\S+|https:\/\/\S+)$/, '`mailto:` or `https:`'),
  ),
  SMS_URL: row(
    'https://api.twilio.com',
    'Provider of SMS and calls with the Twilio API; https, or http on this machine.',
    z.url({ protocol: /^https?$/ }),
  ),
  SMS_ACCOUNT: row(null, 'Account there (`AC…`). Needs SMS_TOKEN, and SMS_FROM or VOICE_FROM.', filled),
  SMS_TOKEN: row(null, 'Secret of the account; it also signs what the provider calls back with.', filled),
  SMS_FROM: row(null, 'Number that SMS come from, `+43…`, or the id of a messaging service (`MG…`).', filled),
  VOICE_FROM: row(
    null,
    'Number that calls come from. Needs VIGIL_PUBLIC_URL: the keys that people press are posted there.',
    z.string().regex(/^\+[1-9]\d{6,14}$/, 'with the country, as +431234567'),
  ),
  VIGIL_WEBHOOK_ALLOW: row(
    '',
    'Hosts inside the house that people’s webhooks and push subscriptions may name, `host` or `host:port`, comma separated. Public ones always may.',
    z.string(),
  ),
} as const;

/** SMS and calls by a provider. */
export interface PhoneSettings {
  readonly url: string;
  readonly account: string;
  readonly token: string;
  readonly smsFrom: string | null;
  readonly voiceFrom: string | null;
}

export interface ChannelSettings {
  /** Null: the address of the platform. */
  readonly vapidSubject: string | null;
  readonly phone: PhoneSettings | null;
  readonly webhookAllow: readonly string[];
}

/** @throws SettingsError */
export function channelsSettingsOf(read: ReadOf<typeof CHANNEL_ROWS>, publicUrl: string | null): ChannelSettings {
  const webhookAllow = (read.VIGIL_WEBHOOK_ALLOW ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  if (webhookAllow.some((host) => !HOST.test(host))) {
    throw new SettingsError('VIGIL_WEBHOOK_ALLOW: a comma list of `host` or `host:port`');
  }
  return { vapidSubject: read.VAPID_SUBJECT, phone: phoneOf(read, publicUrl), webhookAllow };
}

function phoneOf(read: ReadOf<typeof CHANNEL_ROWS>, publicUrl: string | null): PhoneSettings | null {
  const [account, token, smsFrom, voiceFrom] = [read.SMS_ACCOUNT, read.SMS_TOKEN, read.SMS_FROM, read.VOICE_FROM];
  if (account === null && token === null && smsFrom === null && voiceFrom === null) return null;
  if (account === null || token === null || (smsFrom === null && voiceFrom === null)) {
    throw new SettingsError('SMS_ACCOUNT, SMS_TOKEN, and SMS_FROM or VOICE_FROM come together: set them, or none');
  }
  if (voiceFrom !== null && publicUrl === null) {
    throw new SettingsError('VOICE_FROM needs VIGIL_PUBLIC_URL: the provider posts the keys that people press there');
  }
  const url = new URL(read.SMS_URL!);
  if (url.protocol !== 'https:' && !isLoopbackName(url.hostname)) {
    throw new SettingsError('SMS_URL must be https (http for this machine only): the account’s secret goes there');
  }
  return { url: read.SMS_URL!, account, token, smsFrom, voiceFrom };
}
