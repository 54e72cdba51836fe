import { z } from 'zod';
import { EpochMs, StaffId } from './ids.js';

/** What an alarm was worth, as somebody says afterwards: help was needed, it was true and needed nobody, or it was none. */
export const AlarmLabel = z.enum(['actionable', 'nuisance', 'artefact']);
export type AlarmLabel = z.infer<typeof AlarmLabel>;

/** Who labelled an alarm last, and when (event time). */
export const AlarmLabelView = z.object({ label: AlarmLabel, by: StaffId, byName: z.string(), atMs: EpochMs });
export type AlarmLabelView = z.infer<typeof AlarmLabelView>;

/** `PUT /api/v1/alarms/{alarmId}/label`: one tap, no words. */
export const LabelAlarm = z.strictObject({ label: AlarmLabel });
export type LabelAlarm = z.infer<typeof LabelAlarm>;
