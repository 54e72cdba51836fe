import { type AssignmentConflict, Problem, SignInStep } from '@vigil/contracts';

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

const WORDS: Readonly<Record<string, string>> = {
  offline: 'Vigil cannot be reached. Watch the bedside monitors; try again, or call the technical service.',
  unreadable: 'The server is of another version than this page. Load the page again.',
  unauthenticated: 'You are not signed in any more. Sign in and try again.',
  forbidden: 'Your role does not allow this.',
  'not-found': 'There is no such thing, or it is not for you.',
  conflict: 'It is already so, taken by somebody else, or not its turn yet. Look again.',
  'wrong-code': 'The code is wrong, or was used already. Wait for the next one and try again.',
  'ticket-expired': 'This took too long or was used already. Start again.',
  'reauthentication-required': 'This needs a sign-in of the last ten minutes. Sign in again, then repeat it.',
  'passkey-refused': 'No passkey was used. Try again, or sign in with your password.',
  'push-refused':
    'The browser was not allowed to show pages, or could not subscribe. Allow notifications for Vigil and try again.',
  'audit-unavailable':
    'The audit trail is away, so patient data are not shown. Open the record in an emergency if it cannot wait.',
  'keys-unavailable': 'The keys of the site are away, so this can be neither read nor written now. Call the technical service.',
  'record-tampered': 'This record was changed from outside and is not shown. Tell the security officer.',
  'store-unavailable': 'The server cannot do this now. Try again in a moment, or call the technical service.',
  'invalid-request': 'The server did not take this. Check what you entered.',
};

/** What to tell a person. Says what to do next, and nothing about a patient. */
export function troubleText({ code, waitS, fields }: Trouble): string {
  if (code === 'too-many-attempts') return `Too many tries. Wait ${waitText(waitS ?? 60)}, then try again.`;
  const first = fields[0]?.message;
  if (code === 'invalid-request' && first) return `${first.charAt(0).toUpperCase()}${first.slice(1)}.`;
  return WORDS[code] ?? 'The server could not do this. Try again, or call the technical service.';
}

export function waitText(s: number): string {
  return s < 90 ? `${Math.ceil(s)} seconds` : `${Math.ceil(s / 60)} minutes`;
}
