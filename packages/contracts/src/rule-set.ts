import { z } from 'zod';
import { MetricName } from './metric.js';

export const Priority = z.enum(['low', 'medium', 'high']);
export type Priority = z.infer<typeof Priority>;

const ruleId = z.string().regex(/^[a-z0-9][a-zA-Z0-9.-]{0,63}$/);
const durationMs = z.number().int().nonnegative().max(86_400_000);
/** Where a clinical number comes from; shown with every alarm of the rule. */
const source = z.string().min(1).max(200);

/** One side of a limit: beyond `limit` for `onDelayMs` raises, back by `hysteresis` for `offDelayMs` ends. */
export const LimitRule = z.object({
  kind: z.literal('limit'),
  id: ruleId,
  metric: MetricName,
  side: z.enum(['low', 'high']),
  /** In the metric's unit; the value itself is still inside. */
  limit: z.number(),
  hysteresis: z.number().nonnegative(),
  onDelayMs: durationMs,
  offDelayMs: durationMs,
  priority: Priority,
  source,
});
export type LimitRule = z.infer<typeof LimitRule>;

/** "Mean over a tumbling window above (below) a limit", decided early once `coveragePct` of the samples are there (D15). */
export const WindowMeanRule = z.object({
  kind: z.literal('windowMean'),
  id: ruleId,
  metric: MetricName,
  sizeMs: durationMs.min(1_000),
  side: z.enum(['low', 'high']),
  limit: z.number(),
  /** Share of the whole window's expected samples that an answer needs, in percent. */
  coveragePct: z.number().min(1).max(100),
  priority: Priority,
  source,
});
export type WindowMeanRule = z.infer<typeof WindowMeanRule>;

/** A metric (or, with `metric: 'any'`, a whole device) that was there and has stopped. */
export const NoDataRule = z.object({
  kind: z.literal('noData'),
  id: ruleId,
  metric: z.union([MetricName, z.literal('any')]),
  /** Multiples of the expected interval … */
  intervals: z.number().min(1).max(100),
  /** … but never less than this, in wall time (D8). */
  transportMs: durationMs,
  priority: Priority,
  source,
});
export type NoDataRule = z.infer<typeof NoDataRule>;

export const Rule = z.discriminatedUnion('kind', [LimitRule, WindowMeanRule, NoDataRule]);
export type Rule = z.infer<typeof Rule>;

/** Immutable once activated: the log names it by the hash of its content. */
export const RuleSet = z.object({
  v: z.literal(1),
  name: z.string().min(1).max(64),
  /** How far behind a source's newest sample another may arrive and still count, in wall time (D8). */
  latenessMs: durationMs,
  rules: z.array(Rule).max(500),
});
export type RuleSet = z.infer<typeof RuleSet>;
