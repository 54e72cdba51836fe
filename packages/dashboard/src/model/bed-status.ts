import type { BedId } from '@vigil/contracts';
import { t } from '../words/words.js';
import type { Readings } from './cell.js';
import { clockText, numberText } from './format.js';
import { ageMs, freshness, INTERMITTENT_FROM_MS } from './freshness.js';
import type { Now } from './server-clock.js';
import type { BedInfo, UnitState } from './unit-state.js';

/** `waiting`: somebody lies here and nothing has come yet. `lost`: it came and has stopped. */
export type BedStatus = 'empty' | 'reporting' | 'waiting' | 'lost' | 'coverageLost';

/**
 * A bed is lost when every metric that comes as often as its most frequent one is; a thermometer or a cuff alone does
 * not keep it reporting.
 */
export function bedStatus(bed: BedInfo, readings: Readings, now: Now): BedStatus {
  if (!bed.encounter) return 'empty';
  if (bed.coverageLost) return 'coverageLost';
  const all = [...readings.values()];
  if (all.length === 0) return 'waiting';
  const shortestMs = Math.min(...all.map((r) => r.intervalMs));
  const frequent = all.filter((r) => r.intervalMs <= FREQUENT_FACTOR * shortestMs);
  const lost = frequent.every((r) => {
    const state = freshness(ageMs(r, now), r.intervalMs, now.rate);
    return state === 'lost' || (state === 'stale' && r.intervalMs >= INTERMITTENT_FROM_MS);
  });
  return lost ? 'lost' : 'reporting';
}

const FREQUENT_FACTOR = 5;

/** Wall time since the newest reading of a bed, null without any. */
export function newestAgeMs(readings: Readings, now: Now): number | null {
  const ages = [...readings.values()].map((r) => ageMs(r, now));
  return ages.length > 0 ? Math.min(...ages) : null;
}

/** The mark of data that are not of a patient; one such reading marks the bed. */
export function originMark(readings: Readings): string {
  for (const { origin } of readings.values()) if (origin !== 'live') return t(origin === 'simulated' ? 'beds:sim' : 'beds:test');
  return '';
}

export interface Reporting {
  readonly occupied: number;
  readonly reporting: number;
  readonly empty: number;
  /** Labels of the occupied beds that do not report. */
  readonly missing: readonly string[];
  /** Labels of those of them that nobody expects anything from now. */
  readonly standby: readonly string[];
}

const NONE: ReadonlySet<BedId> = new Set();

/** @param away beds whose patient is away from the monitor: a silence that is expected is told apart */
export function reporting(unit: UnitState, now: Now, away: ReadonlySet<BedId> = NONE): Reporting {
  const statuses = unit.order.map((bedId) => ({ bedId, status: statusOf(unit, bedId, now) }));
  const silent = statuses.filter((s) => s.status !== 'empty' && s.status !== 'reporting');
  const labels = (of: typeof silent): string[] => of.map((s) => unit.beds.get(s.bedId)?.label ?? s.bedId);
  const empty = statuses.filter((s) => s.status === 'empty').length;
  return {
    occupied: statuses.length - empty,
    reporting: statuses.filter((s) => s.status === 'reporting').length,
    empty,
    missing: labels(silent.filter((s) => !away.has(s.bedId))),
    standby: labels(silent.filter((s) => away.has(s.bedId))),
  };
}

/** "8 of 8 beds reporting" - and which are not: silence must not look like health. */
export function reportingText({ occupied, reporting: count, missing, standby }: Reporting, wallMs: number): string {
  const of = { count: occupied, reporting: numberText(count, 0), time: clockText(wallMs) };
  const beds = t('beds:reporting', of);
  const others = [
    missing.length === 0 ? '' : t('beds:notReporting', { beds: missing.join(', ') }),
    standby.length === 0 ? '' : t('beds:onStandby', { beds: standby.join(', ') }),
  ];
  return [beds, ...others].filter(Boolean).join(' ');
}

function statusOf(unit: UnitState, bedId: BedId, now: Now): BedStatus {
  const bed = unit.beds.get(bedId);
  return bed ? bedStatus(bed, unit.readings.get(bedId) ?? new Map(), now) : 'empty';
}
