import { z } from 'zod';
import { StaffChannel } from './alarm-words.js';
import { CareUnitId, EpochMs, GatewayId } from './ids.js';
import { OnCallTroubleCode } from './log-event.js';

/** Milliseconds of wall time; null: never, or nothing to measure. */
const ageMs = z.number().nullable();
const loopAges = z.object({
  roundMs: ageMs,
  /** Since a round that ended well. */
  okMs: ageMs,
});

/** `waiting`: on, and too new to be late. */
export const CanaryState = z.enum(['off', 'waiting', 'ok', 'late']);
export type CanaryState = z.infer<typeof CanaryState>;

/** Whether people are told of alarms. Ages and codes only. */
export const PagingHealth = z.object({
  /** Null: all is well. */
  problem: z.enum(['escalator-silent', 'page-sender-silent', 'escalations-late', 'pages-late', 'store-away']).nullable(),
  loops: z.object({ escalator: loopAges, 'page-sender': loopAges }),
  /** How long what is due has waited; null while the store does not answer. */
  overdue: z.object({ escalationMs: ageMs, pageMs: ageMs }).nullable(),
  careUnitIds: z.array(CareUnitId),
  /** Of the test alarms of all gateways. */
  canary: CanaryState,
  /** Of the shared screens: `untold`, one is missed, and its alarm can't come, because nothing derives alarms now. Absent in answers of before. */
  screens: z.enum(['ok', 'silent', 'untold']).optional(),
});
export type PagingHealth = z.infer<typeof PagingHealth>;

/** The way of the test alarm of one gateway. Wall times. */
export const CanaryTrip = z.object({
  gatewayId: GatewayId,
  /** From the gateway until its page was sent; null: none has come through. */
  tookMs: ageMs,
  /** When the page of the last one was sent. */
  lastAtMs: EpochMs.nullable(),
  ageMs,
  late: z.boolean(),
  /** Where it was how long after it left, as far as it is known. */
  hops: z.array(z.object({ at: z.enum(['hub', 'engine', 'stored', 'queued', 'sent']), afterMs: z.number() })).max(8),
});
export type CanaryTrip = z.infer<typeof CanaryTrip>;

/** How a channel went in the last 24 hours. Wall times. */
export const ChannelStatus = z.object({
  channel: StaffChannel,
  sent: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  waiting: z.number().int().nonnegative(),
  lastSentAtMs: EpochMs.nullable(),
  lastFailedAtMs: EpochMs.nullable(),
});
export type ChannelStatus = z.infer<typeof ChannelStatus>;

/** Whether alarms reach people, on one page: nothing of a patient. */
export const StatusView = z.object({
  atMs: EpochMs,
  paging: PagingHealth,
  /** Since the watchdog looked; null: it never has. */
  watchdogAgeMs: ageMs,
  canary: z.object({
    state: CanaryState,
    intervalMs: z.number().int().nonnegative(),
    gateways: z.array(CanaryTrip),
  }),
  channels: z.array(ChannelStatus),
  troubles: z.array(z.object({ careUnitId: CareUnitId, trouble: OnCallTroubleCode, subject: z.string(), sinceMs: EpochMs })),
});
export type StatusView = z.infer<typeof StatusView>;
