import { type Mail, type Outage, outageMail, overMail } from './outage.js';

/** Wall time without a checkpoint, while the platform answers, after which somebody is told. Source: CK-S31. */
export const AUDIT_SILENT_MS = 5 * 60_000;
/** Wall time between two mails about a log that was changed: nothing mends that by itself. */
export const REMIND_CHANGED_EVERY_MS = 60 * 60_000;

export interface AuditWatchState {
  readonly silent: Outage | null;
  readonly changed: Outage | null;
}

export const AUDIT_WATCH_START: AuditWatchState = { silent: null, changed: null };

/** What is known at a tick. Wall time. */
export interface AuditSeen {
  readonly wallMs: number;
  /** Start of this process, or the last note that continued the log. */
  readonly lastTakenMs: number;
  /** Since when the platform answers without a break; null while it does not: then that is said instead. */
  readonly platformOkSinceMs: number | null;
  /** Since when the log is known to be another one; null while it is not. */
  readonly changedMs: number | null;
}

/** What to say about the audit log. Pure. */
export function watchAudit(
  state: AuditWatchState,
  seen: AuditSeen,
): { readonly state: AuditWatchState; readonly mails: readonly Mail[] } {
  const { wallMs, lastTakenMs, platformOkSinceMs, changedMs } = seen;
  const sinceMs = Math.max(lastTakenMs, platformOkSinceMs ?? wallMs);
  const isSilent = wallMs - sinceMs > AUDIT_SILENT_MS;
  const isOver = wallMs - lastTakenMs <= AUDIT_SILENT_MS;
  const silent = isSilent
    ? outageMail({ part: 'audit-log' }, state.silent, sinceMs, wallMs)
    : isOver
      ? overMail({ part: 'audit-log' }, state.silent, wallMs)
      : { outage: state.silent, mail: null };
  const about = { part: 'audit-log-changed' } as const;
  const changed =
    changedMs === null
      ? { outage: null, mail: null }
      : outageMail(about, state.changed, changedMs, wallMs, REMIND_CHANGED_EVERY_MS);
  const mails = [silent.mail, changed.mail].filter((mail) => mail !== null);
  return { state: { silent: silent.outage, changed: changed.outage }, mails };
}
