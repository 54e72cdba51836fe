/** One line of the doctor. `say` holds no secret and no patient data; where `ok` is false it says what to do. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly say: string;
}

export const fine = (what: string, say: string): Finding => ({ what, ok: true, say });
export const mend = (what: string, say: string): Finding => ({ what, ok: false, say });

/** The code of an error of the system, `''` where there is none. */
export function systemCode(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
