import { TraceSink, type TraceSpan } from '../../ports/trace-sink.js';

const TIMEOUT_MS = 5_000;
/** Source: opentelemetry-proto, trace.v1: SPAN_KIND_INTERNAL, STATUS_CODE_OK, STATUS_CODE_ERROR. */
const INTERNAL = 1;
const STATUS_OK = 1;
const STATUS_ERROR = 2;
/** Source: OTLP 1.3, "Retryable response codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface OtlpOptions {
  /** Of `OTEL_EXPORTER_OTLP_ENDPOINT`; `/v1/traces` comes behind it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
}

/** Traces over OTLP/HTTP as JSON, which every collector takes. */
export class OtlpHttpSink extends TraceSink {
  private readonly url: string;

  constructor(private readonly options: OtlpOptions) {
    super();
    this.url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  }

  override async send(spans: readonly TraceSpan[]): Promise<'taken' | 'away' | 'refused'> {
    const body = JSON.stringify(otlpOf(spans, this.options));
    const headers = { ...this.options.headers, 'content-type': 'application/json' };
    const how = { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    try {
      const answer = await fetch(this.url, how);
      await answer.body?.cancel();
      if (answer.ok) return 'taken';
      return RETRYABLE.has(answer.status) ? 'away' : 'refused';
    } catch {
      return 'away';
    }
  }
}

export function otlpOf(
  spans: readonly TraceSpan[],
  { serviceName, version }: Pick<OtlpOptions, 'serviceName' | 'version'>,
): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': serviceName, 'service.version': version }) },
        scopeSpans: [{ scope: { name: 'vigil', version }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf({ traceId, spanId, parentSpanId, name, fromMs, toMs, isWrong, attributes }: TraceSpan): object {
  return {
    ...{ traceId, spanId, name, kind: INTERNAL },
    ...(parentSpanId === null ? {} : { parentSpanId }),
    startTimeUnixNano: nanosOf(fromMs),
    endTimeUnixNano: nanosOf(toMs),
    attributes: attributesOf(attributes),
    status: { code: isWrong ? STATUS_ERROR : STATUS_OK },
  };
}

/** 64 bits do not fit into a number of JSON, so they are text. */
function nanosOf(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
