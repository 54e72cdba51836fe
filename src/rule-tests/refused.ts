/** Something in a file that a rule test cannot take. The message names the place and says what would be right. */
export class CaseRefused extends Error {
  override readonly name = 'CaseRefused';

  /** @param line from 1; left out where the file as a whole is meant */
  constructor(
    readonly file: string,
    readonly problem: string,
    readonly line?: number,
  ) {
    super(line === undefined ? `${file}: ${problem}` : `${file}:${line}: ${problem}`);
  }
}
