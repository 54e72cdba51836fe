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
      return row.isWaiting ? t('alarms:off.shelvedWaiting', { what }) : t('alarms:off.shelved', { what });
    }
    case 'own-limits': {
      if (row.limits === undefined || row.metric === null) return t('alarms:off.own-limitsPlain', { metric });
      const { own, unit } = row.limits;
      const said = (band: { low: number | null; high: number | null }): string =>
        limitRangeText(row.metric!, band.low, band.high) || t('alarms:none');
      return t('alarms:off.own-limits', { metric, own: said(own), unit: said(unit) });
    }
    case 'paused':
      return row.pause === undefined
        ? t('alarms:off.paused')
        : t('alarms:off.pausedAs', { what: t(`alarms:pause.${row.pause.kind}`) });
    case 'no-rule':
      return t('alarms:off.no-rule', { metric });
    case 'audio-paused':
      return row.stationId === null ? t('alarms:off.audio-paused') : t('alarms:off.audio-pausedStation');
    case 'standby':
    case 'no-device':
    case 'no-data':
    case 'coverage-lost':
      return t(`alarms:off.${row.kind}`);
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
