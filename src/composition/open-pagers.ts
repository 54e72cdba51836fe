import type { Clock } from '@vigil/clock';
import type { StaffChannel } from '@vigil/contracts';
import { CanaryPager } from '../adapters/canary/canary-pager.js';
import { NetGuard } from '../adapters/net-guard/net-guard.js';
import { SmtpPager } from '../adapters/smtp/smtp-pager.js';
import { SmsPager } from '../adapters/twilio/sms-pager.js';
import { TwilioCallbacks } from '../adapters/twilio/twilio-callbacks.js';
import { VoicePager } from '../adapters/twilio/voice-pager.js';
import { SignedTokens } from '../adapters/signed-tokens/signed-tokens.js';
import { vapidKeys } from '../adapters/web-push/vapid.js';
import { WebPushKeys } from '../adapters/web-push/web-push-keys.js';
import { WebPushPager } from '../adapters/web-push/web-push-pager.js';
import { WebhookPager } from '../adapters/webhook/webhook-pager.js';
import { type Settings, SettingsError } from '../config.js';
import { traceparentOf } from './open-tracing.js';
import { ToldPager } from '../contacts/told-pager.js';
import type { Contacts } from '../ports/contacts.js';
import type { OutsideAddresses } from '../ports/outside-addresses.js';
import { type Pager, Pagers } from '../ports/pager.js';
import type { ProviderCallbacks } from '../ports/provider-callbacks.js';
import type { PushKeys } from '../ports/push-keys.js';
import type { SiteSecrets } from '../ports/site-secrets.js';

/** Sender of pages by mail where the site names none. */
export const MAIL_FROM = 'Vigil <vigil@localhost>';

/** Channels that this site has, as the settings say. Web push takes none. */
export function channelsOfSite({ smtpUrl, phone }: Settings): readonly StaffChannel[] {
  return [
    ...(['webPush', 'webhook', 'canary'] as const),
    ...(smtpUrl === null ? [] : (['smtp'] as const)),
    ...((phone?.smsFrom ?? null) === null ? [] : (['sms'] as const)),
    ...((phone?.voiceFrom ?? null) === null ? [] : (['voice'] as const)),
  ];
}

/** The ways that this site can page by, as the settings say. */
class SitePagers extends Pagers {
  constructor(private readonly pagers: readonly Pager[]) {
    super();
  }

  override all(): readonly Pager[] {
    return this.pagers;
  }
}

export interface OpenedPagers {
  readonly pagers: Pagers;
  readonly outsideAddresses: OutsideAddresses;
  readonly pushKeys: PushKeys;
  readonly providerCallbacks: ProviderCallbacks;
}

/** @throws SettingsError */
export function openPagers(
  settings: Settings,
  clock: Clock,
  { siteSecrets, contacts }: { readonly siteSecrets: SiteSecrets; readonly contacts: Contacts },
): OpenedPagers {
  const { smtpUrl, phone, publicUrl } = settings;
  const guard = new NetGuard(settings.webhookAllow);
  const receipts = new SignedTokens(siteSecrets, clock, 'push-receipt');
  const pushKeys = new WebPushKeys(async () => vapidKeys(await siteSecrets.secret('vapid')), receipts);
  const subject = settings.vapidSubject ?? (publicUrl?.startsWith('https:') === true ? publicUrl : 'mailto:vigil@localhost');
  const pagers: Pager[] = [new WebPushPager({ keys: pushKeys, subject, guard, clock })];
  if (smtpUrl !== null) pagers.push(new SmtpPager({ url: smtpUrl, from: MAIL_FROM }));
  pagers.push(webhookPager(settings, guard, clock, traceparentOf(settings, siteSecrets)));
  pagers.push(canaryPager(settings));
  const tokens = new SignedTokens(siteSecrets, clock, 'voice-token');
  if (phone !== null) {
    const account = { baseUrl: phone.url, account: phone.account, token: phone.token };
    if (phone.smsFrom !== null) pagers.push(new SmsPager({ ...account, publicUrl }, phone.smsFrom));
    if (phone.voiceFrom !== null && publicUrl !== null) {
      pagers.push(new VoicePager({ ...account, publicUrl }, phone.voiceFrom, tokens));
    }
  }
  const providerCallbacks = new TwilioCallbacks({ authToken: phone?.token ?? null, publicUrl, tokens });
  const told = pagers.map((pager) => new ToldPager(pager, contacts, clock));
  return { pagers: new SitePagers(told), outsideAddresses: guard, pushKeys, providerCallbacks };
}

function canaryPager({ canaryMail, smtpUrl }: Settings): Pager {
  if (canaryMail === null) return new CanaryPager(null);
  if (smtpUrl === null) throw new SettingsError('VIGIL_CANARY_MAIL needs SMTP_URL: set it, or leave both out');
  return new CanaryPager({ pager: new SmtpPager({ url: smtpUrl, from: MAIL_FROM }), to: canaryMail });
}

function webhookPager(
  { webhook }: Settings,
  guard: NetGuard,
  clock: Clock,
  traceparent: ReturnType<typeof traceparentOf>,
): Pager {
  try {
    return new WebhookPager({ site: webhook, guard, clock, ...(traceparent === null ? {} : { traceparent }) });
  } catch {
    throw new SettingsError(
      'VIGIL_WEBHOOK_URL must be https (http for this machine only), and VIGIL_WEBHOOK_SECRET whsec_ and base64',
    );
  }
}
