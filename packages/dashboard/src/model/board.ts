import type { LimitsOffRow } from '@vigil/contracts';
import { t } from '../words/words.js';
import { conditionName, metricLabel } from './condition-words.js';
import { limitRangeText } from './format.js';

/** What a line of the board says: what alarms less, without when and by whom. */
export function offText(row: LimitsOffRow): string {
  const metric = row.metric === null ? '' : metricLabel(row.metric);
  switch (row.kind) {
    case 'shelved': {
      const what = row.conditionCode === null ? '' : conditionName(row.conditionCode);
      return row.isWaiting ? t('alarm:off.shelvedWaiting', { what }) : t('alarm:off.shelved', { what });
    }
    case 'own-limits': {
      if (row.limits === undefined || row.metric === null) return t('alarm:off.own-limitsPlain', { metric });
      const { own, unit } = row.limits;
      const said = (band: { low: number | null; high: number | null }): string =>
        limitRangeText(row.metric!, band.low, band.high) || t('alarm:none');
      return t('alarm:off.own-limits', { metric, own: said(own), unit: said(unit) });
    }
    case 'paused':
      return row.pause === undefined
        ? t('alarm:off.paused')
        : t('alarm:off.pausedAs', { what: t(`alarm:pause.${row.pause.kind}`) });
    case 'no-rule':
      return t('alarm:off.no-rule', { metric });
    case 'audio-paused':
      return row.stationId === null ? t('alarm:off.audio-paused') : t('alarm:off.audio-pausedStation');
    case 'standby':
    case 'no-device':
    case 'no-data':
    case 'coverage-lost':
      return t(`alarm:off.${row.kind}`);
    default:
      // A kind of a later server: shown, because something alarms less.
      return String((row as { kind: string }).kind);
  }
}

const ORDER: readonly string[] = [
  ...['paused', 'audio-paused', 'shelved', 'no-device', 'no-data', 'coverage-lost', 'no-rule', 'own-limits', 'standby'],
];
const byNumber = new Intl.Collator('en', { numeric: true });

/** What is of the whole unit first, then bed by bed; at a bed what is silent without anybody's end first. */
export function boardRows(rows: readonly LimitsOffRow[]): readonly LimitsOffRow[] {
  return [...rows].sort(
    (a, b) =>
      Number(a.bedId !== null) - Number(b.bedId !== null) ||
      byNumber.compare(a.bedLabel ?? '', b.bedLabel ?? '') ||
      ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) ||
      (a.sinceMs ?? 0) - (b.sinceMs ?? 0),
  );
}

/** Names a line: there is one of each kind for a bed, a metric, a condition, a device. */
export const rowKey = (row: LimitsOffRow): string =>
  [row.kind, row.bedId, row.metric, row.conditionCode, row.deviceId, row.stationId, row.pause?.kind].join(' ');
