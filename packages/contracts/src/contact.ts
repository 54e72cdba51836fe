import { z } from 'zod';
import { StaffChannel } from './alarm-words.js';
import { EpochMs, StaffId } from './ids.js';
import { PageReceipt } from './page.js';
import { writtenText } from './written-text.js';

/** `site-smtp` and `site-webhook` are those of the site's file; the others are UUIDs. */
export const ContactId = z.union([z.uuid(), z.string().regex(/^site-[a-zA-Z]{1,20}$/)]);

/** A subscription of a browser, as `PushSubscription.toJSON` names its parts. */
export const PushAddress = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).max(2_048),
  /** An uncompressed point of P-256, base64url. */
  p256dh: z.string().regex(/^B[A-Za-z0-9_-]{86}=?$/),
  /** 16 bytes, base64url. */
  auth: z.string().regex(/^[A-Za-z0-9_-]{22}(==)?$/),
});
export type PushAddress = z.infer<typeof PushAddress>;

/** A webhook of one person. Messages are signed by the Standard Webhooks scheme. */
export const WebhookAddress = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, '`whsec_` and 24 to 64 bytes as base64'),
});
export type WebhookAddress = z.infer<typeof WebhookAddress>;

/** ITU-T E.164. */
export const PhoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, 'with the country, as +431234567');

export const CONTACTS_MAX = 10;

/** A way to reach a person that they type. It is paged by once they have confirmed it. */
export const NewContact = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('smtp'), address: z.email().max(254), label: writtenText(40).optional() }),
  z.strictObject({ channel: z.literal('sms'), address: PhoneNumber, label: writtenText(40).optional() }),
  z.strictObject({ channel: z.literal('voice'), address: PhoneNumber, label: writtenText(40).optional() }),
  z.strictObject({ channel: z.literal('webhook'), address: WebhookAddress, label: writtenText(40).optional() }),
]);
export type NewContact = z.infer<typeof NewContact>;

/** What its person calls it, e.g. `my own phone`; null: nothing. */
export const ContactLabel = z.strictObject({ label: writtenText(40).nullable() });

export const NewPushSubscription = z.strictObject({
  endpoint: PushAddress.shape.endpoint,
  keys: z.strictObject({ p256dh: PushAddress.shape.p256dh, auth: PushAddress.shape.auth }),
  label: writtenText(40).optional(),
});
export type NewPushSubscription = z.infer<typeof NewPushSubscription>;

/**
 * How a way is known to be. `unconfirmed`: somebody has typed it and nobody has confirmed it, so that no page goes there. `failing`: the
 * last try did not arrive. `gone`: there is nobody any more. `unavailable`: this site has no such channel now.
 */
export const ContactState = z.enum(['works', 'untested', 'unconfirmed', 'failing', 'gone', 'unavailable']);
export type ContactState = z.infer<typeof ContactState>;

/** A way to reach oneself. The address is never shown whole again. */
export const ContactView = z.object({
  contactId: ContactId,
  channel: StaffChannel,
  /** Enough to tell two apart, as `a…@hospital.test` or `+43…67`. */
  address: z.string(),
  label: z.string().nullable(),
  state: ContactState,
  /** Wall time; null: never. */
  confirmedAtMs: EpochMs.nullable(),
  lastTriedAtMs: EpochMs.nullable(),
  /** True where the site's file says it: it is changed there. */
  fromSite: z.boolean(),
  rev: z.number().int(),
});
export type ContactView = z.infer<typeof ContactView>;

/** Which ways are used for alarms of each priority, the first at once and the others in turn while nobody accepts. */
export const ContactOrder = z.strictObject({
  high: z.array(ContactId).max(CONTACTS_MAX + 2),
  medium: z.array(ContactId).max(CONTACTS_MAX + 2),
  low: z.array(ContactId).max(CONTACTS_MAX + 2),
});
export type ContactOrder = z.infer<typeof ContactOrder>;

export const ContactList = z.object({ items: z.array(ContactView), order: ContactOrder });
export type ContactList = z.infer<typeof ContactList>;

/** The six digits that came with a test message. */
export const ContactConfirmation = z.strictObject({ code: z.string().regex(/^\d{6}$/, 'six digits') });

export const PushPublicKey = z.object({ publicKey: z.string() });

/** How far one message of a test page is known to have come. `problem`: why it did not leave; null where it did, or may yet. */
export const TestPageWay = z.object({
  pageId: z.string(),
  channel: StaffChannel,
  problem: z.string().nullable(),
  receipts: z.array(PageReceipt).max(9),
});
export type TestPageWay = z.infer<typeof TestPageWay>;

/** A page that concerns nobody, to see whether it arrives: one message by each way that somebody has. Wall time. */
export const TestPage = z.object({
  testId: z.uuid(),
  staffId: StaffId,
  name: z.string(),
  by: StaffId,
  atMs: EpochMs,
  ways: z.array(TestPageWay),
});
export type TestPage = z.infer<typeof TestPage>;

/** Whether and how somebody can be reached, for others: no address. */
export const ReachabilityView = z.object({
  staffId: StaffId,
  reachability: z.enum(['reachable', 'doubtful', 'unreachable']),
  ways: z.array(
    z.object({
      contactId: ContactId,
      channel: StaffChannel,
      state: ContactState,
      lastTriedAtMs: EpochMs.nullable(),
      rev: z.number().int(),
    }),
  ),
});
export type ReachabilityView = z.infer<typeof ReachabilityView>;
