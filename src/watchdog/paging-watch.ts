import { type CareUnitId, type EpochMs, type LogEvent, type Origin, unitKey } from '@vigil/contracts';
import { type Mail, type Outage, outageMail, overMail } from './outage.js';

/** Time without a good answer about paging after which that is an alarm. */
export const PAGING_SILENT_MS = 10_000;
/** Time for which paging has to be well before its alarm ends. */
export const PAGING_WELL_MS = 10_000;
/** And before a mail says so: one that comes and goes is one outage, with a mail every five minutes. */
export const PAGING_WELL_MAIL_MS = 60_000;
/** A platform that starts may take so long before its first answer. */
export const PAGING_START_MS = 15_000;

/** What of the alarm is on the log, or is to be. */
export interface PagingTrouble {
  /** Made of when it began, so that saying it twice is harmless. */
  readonly id: string;
  readonly atMs: EpochMs;
  readonly careUnitIds: readonly CareUnitId[];
  readonly onLog: boolean;
  /** Event time at which it was over; null: it is not. */
  readonly overAtMs: EpochMs | null;
}

/** Must outlive a restart of the watchdog. */
export interface PagingKept {
  readonly trouble: PagingTrouble | null;
  /** Wall times. */
  readonly outage: Outage | null;
  /** The test alarm's own; wall times. */
  readonly canary: Outage | null;
  /** Of shared screens that are missed while no alarm can say so; wall times. */
  readonly screens: Outage | null;
  /** As the platform, or else the site's file, said last. */
  readonly careUnitIds: readonly CareUnitId[];
}

/** Times are steady: no clock that anybody sets moves them. */
export interface PagingWatch extends PagingKept {
  readonly startedMs: number;
  readonly lastOkMs: number | null;
  readonly okSinceMs: number | null;
  /** It answers, well or not. */
  readonly answers: boolean;
  readonly isCanaryLate: boolean;
  readonly areScreensUntold: boolean;
}

/** What the platform says of itself; null: it does not answer. */
export interface PagingAnswer {
  readonly ok: boolean;
  readonly careUnitIds: readonly CareUnitId[];
  readonly isCanaryLate: boolean;
  /** A shared screen is missed, and its alarm can't come. */
  readonly areScreensUntold: boolean;
}

export interface PagingNow {
  readonly steadyMs: number;
  readonly wallMs: number;
  readonly atMs: EpochMs;
  /** Another mail says, or is about to say, that the whole platform is away. */
  readonly isPlatformTold: boolean;
}

export interface PagingEffects {
  readonly append: { readonly what: 'stopped' | 'over'; readonly id: string; readonly events: readonly LogEvent[] } | null;
  readonly mails: readonly Mail[];
}

export function startPagingWatch(steadyMs: number, careUnitIds: readonly CareUnitId[], kept: PagingKept | null): PagingWatch {
  const known = kept ?? { trouble: null, outage: null, canary: null, screens: null, careUnitIds };
  const all = [...new Set([...known.careUnitIds, ...careUnitIds])];
  const heard = { lastOkMs: null, okSinceMs: null, answers: false, isCanaryLate: false, areScreensUntold: false };
  return { ...known, careUnitIds: all, startedMs: steadyMs, ...heard };
}

export function pagingAnswered(watch: PagingWatch, answer: PagingAnswer | null, steadyMs: number): PagingWatch {
  if (answer === null) return { ...watch, okSinceMs: null, answers: false };
  const careUnitIds = answer.careUnitIds.length > 0 ? answer.careUnitIds : watch.careUnitIds;
  const { isCanaryLate, areScreensUntold } = answer;
  const said = { ...watch, careUnitIds, answers: true, isCanaryLate, areScreensUntold };
  if (!answer.ok) return { ...said, okSinceMs: null };
  return { ...said, lastOkMs: steadyMs, okSinceMs: watch.okSinceMs ?? steadyMs };
}

/** The log has taken what the effect of this trouble said. */
export function pagingAppended(watch: PagingWatch, id: string, what: 'stopped' | 'over'): PagingWatch {
  if (watch.trouble?.id !== id) return watch;
  return { ...watch, trouble: what === 'over' ? null : { ...watch.trouble, onLog: true } };
}

/**
 * What is to be done about paging that has stopped or is well again. Pure.
 *
 * It is an alarm of every care unit, appended here because the part that failed can't: the screens show it as soon as anything reads
 * the log. The mail goes without any of that; where the whole platform is away, that mail is the one.
 */
export function watchPaging(
  watch: PagingWatch,
  now: PagingNow,
  origin: Origin,
): { readonly watch: PagingWatch; readonly effects: PagingEffects } {
  const sinceMs = watch.lastOkMs ?? watch.startedMs;
  const isOut = now.steadyMs - sinceMs > (watch.lastOkMs === null ? PAGING_START_MS : PAGING_SILENT_MS);
  const wellMs = watch.okSinceMs === null ? 0 : now.steadyMs - watch.okSinceMs;
  const trouble = troubleNow(watch, now, isOut, wellMs);
  const mails: Mail[] = [];
  const report = (
    part: 'paging' | 'canary' | 'screens',
    outage: Outage | null,
    isBad: boolean,
    isWell: boolean,
    forMs: number,
  ): Outage | null => {
    const step = isBad
      ? outageMail({ part }, outage, now.wallMs - forMs, now.wallMs)
      : isWell
        ? overMail({ part }, outage, now.wallMs)
        : { outage, mail: null };
    if (step.mail !== null) mails.push(step.mail);
    return step.outage;
  };
  const isBad = isOut && (watch.outage !== null || !now.isPlatformTold);
  const outage = report('paging', watch.outage, isBad, wellMs >= PAGING_WELL_MAIL_MS, now.steadyMs - sinceMs);
  const canary = report('canary', watch.canary, watch.isCanaryLate && watch.answers, watch.answers, 0);
  const screens = report('screens', watch.screens, watch.areScreensUntold && watch.answers, watch.answers, 0);
  return { watch: { ...watch, trouble, outage, canary, screens }, effects: { append: appendOf(trouble, origin), mails } };
}

function troubleNow(watch: PagingWatch, now: PagingNow, isOut: boolean, wellMs: number): PagingTrouble | null {
  const { trouble, careUnitIds } = watch;
  if (trouble === null) {
    return isOut ? { id: `escalator-stopped/${now.wallMs}`, atMs: now.atMs, careUnitIds, onLog: false, overAtMs: null } : null;
  }
  // Once it was said to be over, that reaches the log before anything else is said.
  return trouble.overAtMs === null && wellMs >= PAGING_WELL_MS ? { ...trouble, overAtMs: now.atMs } : trouble;
}

/** One thing at a time, said again until the log has it: that it is over is behind that it was. */
function appendOf(trouble: PagingTrouble | null, origin: Origin): PagingEffects['append'] {
  if (trouble === null || (trouble.onLog && trouble.overAtMs === null)) return null;
  const what = trouble.onLog ? 'over' : 'stopped';
  const atMs = trouble.onLog ? trouble.overAtMs! : trouble.atMs;
  const events = trouble.careUnitIds.map((careUnitId): LogEvent => ({
    ...{ v: 1, kind: 'onCallTrouble', id: `${trouble.id}/${careUnitId}/${what}`, key: unitKey(careUnitId), origin, atMs },
    ...{ careUnitId, trouble: 'escalatorStopped', subject: 'watchdog', active: what === 'stopped' },
  }));
  return { what, id: trouble.id, events };
}
