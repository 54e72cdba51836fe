import { InvalidArgumentError, Option } from 'commander';

/** Where a command prints; one call a line or a block of lines. */
export type Out = (text: string) => void;

/** The folder every command works on. */
export const dataDirOption = (): Option => new Option('--data-dir <folder>', 'where log and keys are kept').makeOptionMandatory();

/** Reads a port of the command line. */
export function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('a port is a number from 0 to 65535; 0 takes any that is free');
}

/** Runs a command's work; what a person can mend is one line on stderr and status 1. */
export async function orSay(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (e) {
    const { name, message, stack } = e as Error;
    const isOurs = name === 'LogError' || name === 'SealError' || 'code' in (e as object);
    process.stderr.write(`${isOurs ? message : (stack ?? message)}\n`);
    process.exitCode = 1;
  }
}
