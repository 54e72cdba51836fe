import { z } from 'zod';
import { type ReadOf, row, SettingsError } from './setting-row.js';

/** Where traces go; the names are those of OpenTelemetry. */
export const TRACING_ROWS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: row(
    null,
    'OpenTelemetry collector (OTLP over HTTP), e.g. `http://127.0.0.1:4318`. Each alarm then leaves a trace, from the device to the page.',
    z.url({ protocol: /^https?$/ }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: row(null, 'Headers for it, `name=value`, comma separated, values as in a URL.', z.string()),
  OTEL_SERVICE_NAME: row('vigil', 'What this site is called there.', z.string().min(1).max(100)),
} as const;

export interface TracingSettings {
  /** Null: nothing is traced. */
  readonly tracing: {
    readonly endpoint: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly serviceName: string;
  } | null;
}

/** @throws SettingsError */
export function tracingOf(read: ReadOf<typeof TRACING_ROWS>): TracingSettings {
  const endpoint = read.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === null) return { tracing: null };
  const { username, search, hash } = new URL(endpoint);
  if (username !== '' || search !== '' || hash !== '') {
    throw new SettingsError(
      'OTEL_EXPORTER_OTLP_ENDPOINT may not hold a name, a query or a fragment: what is secret goes into OTEL_EXPORTER_OTLP_HEADERS',
    );
  }
  return {
    tracing: { endpoint, headers: headersOf(read.OTEL_EXPORTER_OTLP_HEADERS ?? ''), serviceName: read.OTEL_SERVICE_NAME! },
  };
}

function headersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      try {
        if (!/^[A-Za-z0-9-]+$/.test(name.trim()) || value.length === 0) throw new Error('form');
        return [name.trim().toLowerCase(), decodeURIComponent(value.join('=').trim())] as const;
      } catch {
        throw new SettingsError('OTEL_EXPORTER_OTLP_HEADERS must be name=value, comma separated, with values as in a URL');
      }
    }),
  );
}
