let loaded: Promise<ReadonlySet<string>> | undefined;

/**
 * Passwords that are tried first, in lower case: the list of zxcvbn, about 49,000 entries, 380 KB packed (MIT licence).
 * Read when the first password is chosen, not at start; a sign-in does not need it.
 */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']));
  return loaded;
}
