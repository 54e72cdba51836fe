import { z } from 'zod';
import { MetricName, metricRow } from './metric.js';

/** Where a message comes from. Anything not live pages only over channels marked demo or test (decisions.md, D22). */
export const Origin = z.enum(['live', 'simulated', 'test', 'canary']);
export type Origin = z.infer<typeof Origin>;

/** What the sender says of a reading; the same list on the wire, on the log, in history and on the screen. */
export const Quality = z.enum(['valid', 'questionable', 'leadsOff', 'artefact', 'calibration', 'outOfRange', 'notMeasured']);
export type Quality = z.infer<typeof Quality>;

/** Null means "no value"; zero is a value, except where D23 says otherwise. */
export const ReadingValue = z.union([z.number(), z.string().max(8), z.null()]);
export type ReadingValue = z.infer<typeof ReadingValue>;

/** What a device said where the gateway converted it to the unit of the metric. */
export const SaidReading = z.object({ value: z.number(), unit: z.string().max(16) });
export type SaidReading = z.infer<typeof SaidReading>;

/** One reading as the log carries it: always in the unit of its metric. `said` is there only where that was converted. */
export const Reading = z.object({
  metric: MetricName,
  value: ReadingValue,
  unit: z.string().max(16),
  quality: Quality,
  said: SaidReading.optional(),
});
export type Reading = z.infer<typeof Reading>;

/**
 * One reading at the edge: unknown fields, foreign units and implausible values are refused with a reason. The
 * message never repeats the value, because reasons reach logs and dead-letter lists.
 */
export const EdgeReading = z
  .strictObject({ metric: MetricName, value: ReadingValue, unit: z.string().max(16), quality: Quality })
  .superRefine((reading, ctx) => {
    const row = metricRow(reading.metric);
    if (reading.unit !== row.unit) {
      ctx.addIssue({ code: 'custom', path: ['unit'], message: `${reading.metric} is measured in ${row.unit}` });
    }
    if (reading.value === null) return;
    if (row.kind === 'coded') {
      if (typeof reading.value !== 'string' || !row.codes.includes(reading.value)) {
        ctx.addIssue({ code: 'custom', path: ['value'], message: `one of ${row.codes.join(' ')}` });
      }
      return;
    }
    const [low, high] = row.plausible;
    if (typeof reading.value !== 'number' || !(reading.value >= low && reading.value <= high)) {
      ctx.addIssue({ code: 'custom', path: ['value'], message: `${low}..${high} ${row.unit}` });
    }
  });
