import type { StaffChannel, StaffId } from '@vigil/contracts';
import type { Reachability } from './contacts.js';

/** A way that is to be tried before a duty begins. */
export interface DutyTest {
  /** As stored, for `Contacts.outcome`. */
  readonly contactId: string;
  readonly staffId: StaffId;
  readonly staffName: string;
  readonly channel: StaffChannel;
  readonly address: string;
}

export interface DutyRound {
  /** People who have a duty now or within half an hour, by how they can be reached. */
  readonly people: Readonly<Record<Reachability, number>>;
  /** Of at most `DUTY_TESTS_MAX` people; none is given twice, also after a crash. */
  readonly tests: readonly DutyTest[];
}

/** Wall time before a duty from which on its person is looked at. */
export const DUTY_AHEAD_MS = 30 * 60_000;
export const DUTY_TESTS_MAX = 50;

/** Whether those who have a duty can be reached. */
export abstract class DutyChecks {
  /**
   * Looks at each duty that runs or begins within `DUTY_AHEAD_MS`. Whoever has one and can't be reached is a trouble of the care unit
   * until they can be, or until the duty ends. @throws PlatformError('store-unavailable')
   */
  abstract look(wallMs: number): Promise<DutyRound>;
}
