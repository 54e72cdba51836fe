import type { Origin } from '@vigil/contracts';

/** Of which adoption of a log events are made. */
export interface AdoptionAt {
  readonly origin: Origin;
  readonly nowMs: number;
  /** Its number, so that no event has the id of an earlier one. */
  readonly adoption: number;
}
