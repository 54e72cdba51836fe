import type { DynamicModule } from '@nestjs/common';
import { traceIds } from '@vigil/domain';
import type { AlarmId } from '@vigil/contracts';
import { OtlpHttpSink } from '../adapters/otlp/otlp-http.js';
import type { Settings } from '../config.js';
import { PAGE_PART } from '../explain/alarm-trace.js';
import { TRACE_SECRET, TracingModule } from '../explain/tracing.module.js';
import type { SiteSecrets } from '../ports/site-secrets.js';

/** The traces of alarms; none without `OTEL_EXPORTER_OTLP_ENDPOINT`. */
export function tracingOf({ tracing }: Pick<Settings, 'tracing'>, version: string): readonly DynamicModule[] {
  return tracing === null ? [] : [TracingModule.to(new OtlpHttpSink({ ...tracing, version }))];
}

/** By which whoever is told of an alarm goes on with its trace; null where there is none. */
export function traceparentOf(
  { tracing }: Pick<Settings, 'tracing'>,
  secrets: SiteSecrets,
): ((alarmId: AlarmId) => Promise<string>) | null {
  if (tracing === null) return null;
  return async (alarmId) => traceIds(await secrets.secret(TRACE_SECRET)).traceparent(alarmId, PAGE_PART);
}
