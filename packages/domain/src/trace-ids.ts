import { createHmac } from 'node:crypto';
import type { AlarmId } from '@vigil/contracts';

/**
 * Names of the traces of alarms. They follow from the alarm's id, which follows from what raised it (D4): every process of a site knows
 * them without being told, and nothing more travels with a reading. The secret keeps whoever has a trace from trying out which bed and
 * condition it is of.
 */
export interface TraceIds {
  /** 32 hex digits. Source: W3C Trace Context, trace-id. */
  readonly trace: (alarmId: AlarmId) => string;
  /** One part of its way, 16 hex digits. Source: W3C Trace Context, parent-id. */
  readonly span: (alarmId: AlarmId, part: string) => string;
  /** The header by which somebody who is told of an alarm goes on with its trace: version 00, sampled. */
  readonly traceparent: (alarmId: AlarmId, part: string) => string;
}

/** @param secret of the site, 32 bytes */
export function traceIds(secret: Buffer): TraceIds {
  const hex = (text: string, chars: number): string => createHmac('sha256', secret).update(text).digest('hex').slice(0, chars);
  const trace = (alarmId: AlarmId): string => hex(`trace:${alarmId}`, 32);
  const span = (alarmId: AlarmId, part: string): string => hex(`span:${alarmId}:${part}`, 16);
  return { trace, span, traceparent: (alarmId, part) => `00-${trace(alarmId)}-${span(alarmId, part)}-01` };
}
