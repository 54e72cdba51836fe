import { HistoryDictionary, METRIC_NAMES, type MetricName, metricRow } from '@vigil/contracts';

/** What a cell is; times are epoch ms in a row, and ISO 8601 in UTC in CSV. */
export type CellType = 'time' | 'text' | 'number' | 'count';

export interface Column {
  readonly name: string;
  readonly type: CellType;
  readonly meaning: string;
  /** In files of which nobody may be recognised: left out, or only there. */
  readonly deidentified?: 'left out' | 'only';
}

/**
 * The columns of every file, in their order. A row is a sample, a mean of some (`samples` is not 1), or messages that are missing (no
 * metric, and `quality` says why).
 */
export const COLUMNS: readonly Column[] = [
  { name: 'time', type: 'time', meaning: 'When it was measured, or the bucket begins', deidentified: 'left out' },
  { name: 'until', type: 'time', meaning: 'End of the bucket, left out itself; empty for a sample', deidentified: 'left out' },
  {
    ...{ name: 'offsetMs', type: 'count', deidentified: 'only' },
    meaning: 'The same as ms since the file begins: no time of a calendar',
  },
  { name: 'untilMs', type: 'count', meaning: 'End of the bucket in the same ms', deidentified: 'only' },
  { name: 'bed', type: 'text', meaning: 'The bed', deidentified: 'left out' },
  { name: 'metric', type: 'text', meaning: 'What was measured: a name of `metrics`; empty where messages are missing' },
  { name: 'unit', type: 'text', meaning: 'Unit of the row, UCUM' },
  { name: 'value', type: 'number', meaning: 'The sample, or the mean of the samples' },
  { name: 'min', type: 'number', meaning: 'Least of the samples' },
  { name: 'max', type: 'number', meaning: 'Most of the samples' },
  { name: 'samples', type: 'count', meaning: 'How many samples the row stands for; how many messages are missing' },
  { name: 'quality', type: 'text', meaning: '`valid`, `questionable`, `mixed`, or `missing: <reason>`' },
  { name: 'device', type: 'text', meaning: 'Whose messages are missing', deidentified: 'left out' },
  { name: 'stay', type: 'count', meaning: 'In which stay of this file, counted from 1; empty: nobody was admitted' },
  { name: 'questionable', type: 'count', meaning: 'How many of `samples` their sender did not call valid' },
];

/** Why messages are missing: words of `quality` behind `missing: `. */
const MISSING = {
  neverArrived: 'They were numbered and never came to the gateway',
  evicted: 'The gateway let go of them, because its store was full',
  damaged: 'They were damaged in the gateway’s store',
  unsendable: 'They could not be sent to the log',
} as const;

export const columnsOf = (isDeidentified: boolean): readonly Column[] =>
  COLUMNS.filter(({ deidentified }) => deidentified === undefined || (deidentified === 'only') === isDeidentified);

/** What the files mean, for a program. */
export function dictionary(): HistoryDictionary {
  const metricOf = (metric: MetricName) => {
    const row = metricRow(metric);
    const numeric =
      row.kind === 'numeric' ? { plausible: [...row.plausible] as [number, number], resolution: row.resolution } : null;
    const { label, loinc, mdc, unit, nominalIntervalMs } = row;
    return numeric === null ? [] : [{ metric, label, loinc, mdc, unit, nominalIntervalMs, ...numeric }];
  };
  return HistoryDictionary.parse({
    v: 1,
    columns: COLUMNS.map(({ name, type, meaning, deidentified }) => ({
      name,
      type,
      meaning,
      deidentified: deidentified ?? 'both',
    })),
    metrics: METRIC_NAMES.flatMap(metricOf),
    missing: Object.entries(MISSING).map(([reason, meaning]) => ({ reason, meaning })),
    deidentified: {
      method: 'Safe Harbor, 45 CFR 164.514(b)(2)',
      notes: [
        'No names, record numbers, ids of patients, stays, beds or devices, and no times of a calendar.',
        'ageYears is the age at the beginning in whole years, and `90+` from 90 on.',
      ],
    },
  });
}
