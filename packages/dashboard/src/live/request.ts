import type { z } from 'zod';
import { type Answer, readTrouble, troubleOf } from './problem.js';

const TIMEOUT_MS = 8_000;

export interface RequestOptions {
  readonly body?: unknown;
  /** Asked by the page itself: does not count as use of the session. */
  readonly background?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only of what is known to take longer, and that a person waits for. */
  readonly timeoutMs?: number;
}

/**
 * One request, once, with an answer in eight seconds of wall time or none. Never throws: what went wrong is a value.
 *
 * @param schema of the answer; null where there is none
 */
export async function request<T>(
  method: string,
  path: string,
  schema: z.ZodType<T> | null,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.background ? { 'vigil-background': '1' } : {}),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    });
    if (!response.ok) return { ok: false, trouble: await readTrouble(response) };
    if (schema === null) return { ok: true, value: undefined as T };
    const parsed = schema.safeParse(response.status === 204 ? null : await response.json());
    return parsed.success ? { ok: true, value: parsed.data } : { ok: false, trouble: troubleOf('unreadable') };
  } catch {
    return { ok: false, trouble: troubleOf('offline') };
  }
}
