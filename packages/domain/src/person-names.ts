/**
 * What record numbers that are one number have in common: form (NFKC, so full width and ligatures are folded), case, and
 * no spaces or punctuation. `DEMO-0001` and `demo 0001` are one patient's, `0001` and `1` are not. A number of nothing
 * but punctuation stays as it is.
 */
export function normalisedMrn(mrn: string): string {
  const folded = caseFolded(mrn);
  const bare = folded.replace(/[^\p{L}\p{N}\p{M}]/gu, '');
  return bare === '' ? folded : bare;
}

/** Form, case and runs of spaces are folded. Accents, hyphens and apostrophes stay: MÜLLER is not MULLER. */
export function normalisedName(name: string): string {
  return caseFolded(name).replace(/\s+/gu, ' ').trim();
}

/** Upper, then lower case: STRASSE finds Straße, and a final sigma is a sigma. */
function caseFolded(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
