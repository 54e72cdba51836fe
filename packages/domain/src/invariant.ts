/** A bug in this program, never bad input. The loop stops, restarts, and resumes from its checkpoint. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** @throws InvariantError when `holds` is false; `claim` says what was expected and holds no patient data. */
export function invariant(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new InvariantError(`expected: ${claim}`);
}

/** @throws InvariantError always; a call that compiles means that a case is missing. */
export function unreachable(_value: never, what = 'case'): never {
  throw new InvariantError(`unhandled ${what}`);
}
