import { type AssignmentConflict, Problem, SignInStep } from '@vigil/contracts';
import { t, wordsOf } from '../words/words.js';

/** Why a request was not done. `offline` and `unreadable` are said here, the other codes by the server. */
export interface Trouble {
  readonly code: string;
  /** Seconds after which it makes sense to try again; null where the server named none. */
  readonly waitS: number | null;
  /** What was wrong with single fields, in words. */
  readonly fields: readonly { readonly path: string; readonly message: string }[];
  /** Of a sign-in that is not complete. */
  readonly step: SignInStep | null;
  /** What stands in the way of a change of who lies where, or of a device. */
  readonly conflicts?: readonly AssignmentConflict[];
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: Trouble };

export const troubleOf = (code: string): Trouble => ({ code, waitS: null, fields: [], step: null });

/** Reads a problem document (RFC 9457). Total: whatever came, something can be said about it. */
export async function readTrouble(response: Response): Promise<Trouble> {
  const body: unknown = await response.json().catch(() => null);
  const problem = Problem.safeParse(body);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const step = SignInStep.safeParse(body);
  return {
    code: problem.success ? problem.data.code : codeOf(response.status),
    waitS: Number.isFinite(retryAfter) ? retryAfter : null,
    fields: problem.success ? (problem.data.errors ?? []) : [],
    step: step.success ? step.data : null,
    ...(problem.success && problem.data.conflicts ? { conflicts: problem.data.conflicts } : {}),
  };
}

function codeOf(status: number): string {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429) return 'too-many-attempts';
  return status >= 500 ? 'store-unavailable' : 'invalid-request';
}

/** What to tell a person. Says what to do next, and nothing about a patient. */
export function troubleText({ code, waitS, fields }: Trouble): string {
  if (code === 'too-many-attempts') return t('common:trouble.too-many-attempts', { time: waitText(waitS ?? 60) });
  const first = fields[0]?.message;
  if (code === 'invalid-request' && first) return `${first.charAt(0).toUpperCase()}${first.slice(1)}.`;
  return wordsOf(`common:trouble.${code}`) ?? t('common:trouble.other');
}

export function waitText(s: number): string {
  return s < 90 ? t('common:seconds', { count: Math.ceil(s) }) : t('common:minutes', { count: Math.ceil(s / 60) });
}
