import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';

const BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 3_500;

export interface ConfigRequest {
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  readonly etag: string | null;
  readonly signatureHeader: string;
  /** PEM of the authority of the platform, beside the public ones. */
  readonly ca?: string | undefined;
  /** Told of the test alarm that the platform asks for, in any good answer. */
  readonly onTestAlarm?: ((testId: string) => void) | undefined;
}

/** A test alarm that somebody asked for: any word. Not signed, because all that it can do is to have one sent. */
export const TEST_ALARM_HEADER = 'x-vigil-test-alarm';

/** `null`: nothing has changed. */
export type ConfigAnswer = {
  readonly body: Buffer;
  readonly signature: string | null;
  readonly etag: string | null;
} | null;

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/**
 * Asks once. Follows no redirect, and takes at most 4 MiB and 3.5 s of wall time.
 *
 * @throws Error with `code`: `HTTP_<status>`, CONFIG_TOO_LARGE, CONFIG_TIMEOUT, or what the network says
 */
export async function fetchConfig({ url, token, etag, signatureHeader, ca, onTestAlarm }: ConfigRequest): Promise<ConfigAnswer> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
  if (etag !== null) headers['if-none-match'] = etag;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { headers, signal, agent: false };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const secure = url.startsWith('https:');
    const trust = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
    const request = secure ? requestHttps(url, { ...options, ...trust }, resolve) : requestHttp(url, options, resolve);
    request.once('error', (error) => reject(signal.aborted ? failure('CONFIG_TIMEOUT') : error));
    request.end();
  });
  try {
    const testId = one(response.headers[TEST_ALARM_HEADER]);
    if (testId !== null && (response.statusCode === 304 || response.statusCode === 200)) onTestAlarm?.(testId);
    if (response.statusCode === 304) return null;
    if (response.statusCode !== 200) throw failure(`HTTP_${response.statusCode ?? 0}`);
    const body = await bodyOf(response);
    return { body, signature: one(response.headers[signatureHeader]), etag: one(response.headers.etag) };
  } finally {
    response.destroy();
  }
}

const one = (value: string | string[] | undefined): string | null => (typeof value === 'string' ? value : null);

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw failure('CONFIG_TOO_LARGE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
