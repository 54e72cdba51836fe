import type { MadeUpPatient } from './made-up.js';
import type { Move } from './moves.js';

/** A move with the person whom it is about, as it is told to somebody. */
export interface ToldMove extends Omit<Move, 'atMs'> {
  /** Event time. */
  readonly atMs: number;
  readonly patient: MadeUpPatient;
  /** Names the stay for ever: other in each run. */
  readonly encounterId: string;
}

/** `task`: taken, and a person has to look at it. `refused`: not taken, and the same again would not be either. */
export type Told = 'accepted' | 'task' | 'refused';

/** Somebody who is told of admissions, transfers and discharges, one at a time and in their order. */
export interface MoveSink {
  /** @throws AdtOutage when nobody can be told just now; the same move may be told again */
  tell(move: ToldMove): Promise<Told>;
  close(): void;
}
