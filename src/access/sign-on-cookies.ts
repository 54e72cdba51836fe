import { cookieValue } from './tokens.js';

/** Binds a sign-in at the provider to the browser that began it. */
const ATTEMPT = 'vigil_sign_on';
const ATTEMPT_PATH = '/api/v1/session/oidc';
/** Says on the next page why a sign-in failed, so that the address says nothing. */
const PROBLEM = 'vigil_sign_on_problem';
export const PROBLEM_PATH = '/sign-in-failed';

/**
 * Lax, because the browser comes back from another site: a Strict cookie would stay at home. It opens nothing by
 * itself.
 */
function cookie(name: string, value: string, path: string, maxAgeS: number, secure: boolean): string {
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}

export function attemptCookie(value: string, secure: boolean): string {
  return cookie(ATTEMPT, value, ATTEMPT_PATH, 600, secure);
}

export function clearedAttemptCookie(secure: boolean): string {
  return cookie(ATTEMPT, '', ATTEMPT_PATH, 0, secure);
}

export function attemptOf(header: string | undefined): string | null {
  return cookieValue(header ?? '', ATTEMPT);
}

export function problemCookie(problem: string, secure: boolean): string {
  return cookie(PROBLEM, problem, PROBLEM_PATH, 60, secure);
}

export function problemOf(header: string | undefined): string | null {
  return cookieValue(header ?? '', PROBLEM);
}
