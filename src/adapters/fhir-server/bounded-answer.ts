import { EhrUnavailable } from '../../ports/fhir-server.js';

/** Decoded bytes of one answer: a page of 100 large resources is below. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** Wall time of one request with its whole answer. */
export const CALL_TIMEOUT_MS = 30_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty where there was no body. */
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Bounds {
  readonly timeoutMs?: number;
  readonly bytesMax?: number;
}

/**
 * One request to a server of strangers: no redirect is followed, and time and size of the answer have an end. What went wrong below
 * HTTP stays here, because errors of a client may repeat what was sent.
 *
 * @param signal ends it; what the signal says is thrown then
 * @throws EhrUnavailable
 */
export async function boundedAnswer(
  url: string,
  request: RawRequest,
  signal: AbortSignal,
  bounds: Bounds = {},
): Promise<RawAnswer> {
  const timeout = AbortSignal.timeout(bounds.timeoutMs ?? CALL_TIMEOUT_MS);
  try {
    const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.any([signal, timeout]) });
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      throw new EhrUnavailable('redirected');
    }
    return { status, headers, text: await textOf(response, bounds.bytesMax ?? ANSWER_BYTES_MAX) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EhrUnavailable) throw error;
    throw new EhrUnavailable(timeout.aborted ? 'timeout' : 'unreached');
  }
}

/** @throws EhrUnavailable 'too-large', or 'not-fhir' where it is not UTF-8: FHIR has no other encoding */
async function textOf(response: Response, bytesMax: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    // Leaving the loop cancels the body, so the rest is not read.
    if (bytes > bytesMax) throw new EhrUnavailable('too-large');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new EhrUnavailable('not-fhir');
  }
}

/** Longer than this no server keeps us waiting. */
const RETRY_AFTER_MS_MAX = 5 * 60_000;

/** Wall time that `Retry-After` asks for, at most 5 min; null without one. A date counts from the server's own `Date`. */
export function retryAfterMs(headers: Headers, wallMs: number): number | null {
  const said = headers.get('retry-after');
  if (said === null) return null;
  if (/^\d{1,9}$/.test(said.trim())) return Math.min(Number(said) * 1_000, RETRY_AFTER_MS_MAX);
  const untilMs = Date.parse(said);
  if (Number.isNaN(untilMs)) return null;
  const serverMs = Date.parse(headers.get('date') ?? '');
  return Math.min(Math.max(0, untilMs - (Number.isNaN(serverMs) ? wallMs : serverMs)), RETRY_AFTER_MS_MAX);
}
