import type { AlarmId, AlarmKind, StaffChannel, StaffId } from '@vigil/contracts';

/** What of a page decides whether another one of the same person needs no message of its own. Times are wall time. */
export interface BurstPage {
  readonly pageId: string;
  readonly alarmId: AlarmId;
  readonly staffId: StaffId;
  /** The way by which it goes; where that is not known, the channel alone counts. */
  readonly contactId: string | null;
  readonly channel: StaffChannel;
  readonly kind: string;
  /** A message says so of a technical alarm. */
  readonly alarmKind: AlarmKind;
  readonly test: boolean;
  readonly state: 'queued' | 'sent' | 'failed' | 'cancelled';
  /** It is itself told by another's message. */
  readonly isJoined: boolean;
  readonly rank: number;
  readonly queuedMs: number;
  /** The stay, or where there is none the bed or gateway: what makes two alarms one patient's. */
  readonly subject: string;
}

/**
 * The page whose message tells of this alarm too: of another alarm of the same patient, to the same person by the same way, at most
 * `burstMs` ago, not less urgent, not of a technical alarm where this one is not, and not failed or called off. Null where there is none: a message of its own leaves. Of several, the
 * newest, whose link lasts longest. Whoever is told anew of the same alarm gets a message: that is news.
 */
export function burstHost<Page extends BurstPage>(page: BurstPage, earlier: readonly Page[], burstMs: number): Page | null {
  const fits = earlier.filter(
    (host) =>
      host.alarmId !== page.alarmId &&
      host.subject === page.subject &&
      host.staffId === page.staffId &&
      host.channel === page.channel &&
      host.contactId === page.contactId &&
      host.kind === 'alarm' &&
      page.kind === 'alarm' &&
      // Whoever reads "technical alarm" does not come running for a patient.
      (host.alarmKind === 'physiological' || page.alarmKind === 'technical') &&
      host.test === page.test &&
      !host.isJoined &&
      (host.state === 'queued' || host.state === 'sent') &&
      host.rank >= page.rank &&
      page.queuedMs - host.queuedMs < burstMs,
  );
  return fits.reduce<Page | null>((best, host) => (best === null || host.queuedMs > best.queuedMs ? host : best), null);
}
