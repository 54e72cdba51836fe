import type { SessionUser, StaffId } from '@vigil/contracts';

export interface Account {
  readonly user: SessionUser;
  /** PHC string, `$argon2id$…`. */
  readonly passwordHash: string;
}

/** Local accounts. */
export abstract class Accounts {
  abstract byUsername(username: string): Promise<Account | null>;
  abstract byStaffId(staffId: StaffId): Promise<Account | null>;
}
