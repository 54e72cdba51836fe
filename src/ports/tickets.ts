import type { StaffId } from '@vigil/contracts';

/** What a ticket carries on; each step takes its own kind and no other. */
export type TicketPurpose =
  'second-factor' | 'new-password' | 'enrolment' | 'totp-setup' | 'passkey-sign-in' | 'passkey-enrolment';

export interface NewTicket {
  readonly hash: string;
  readonly purpose: TicketPurpose;
  /** Null while nobody knows yet who it is. */
  readonly staffId: StaffId | null;
  /** Words and challenges, nothing secret. */
  readonly content: Readonly<Record<string, string>>;
  /** Kept sealed. */
  readonly secret?: string;
  readonly expiresMs: number;
  readonly wallMs: number;
}

export interface StoredTicket {
  readonly staffId: StaffId | null;
  readonly content: Readonly<Record<string, string>>;
  readonly secret: string | null;
  readonly expiresMs: number;
}

/**
 * Steps of a sign-in or an enrolment that wait for the next one, in the store, so that any process can take them up.
 * Bounded per purpose: where there are more than may be, the oldest goes. Wall time.
 * @throws PlatformError('store-unavailable')
 */
export abstract class Tickets {
  abstract put(ticket: NewTicket): Promise<void>;
  /** As it is, without using it up; null when there is none. */
  abstract peek(hash: string, purpose: TicketPurpose, wallMs: number): Promise<StoredTicket | null>;
  /** Uses it up: of two who take it one gets it. */
  abstract take(hash: string, purpose: TicketPurpose, wallMs: number): Promise<StoredTicket | null>;
  /** Counts a wrong answer; the ticket ends with the last one that it bears. @returns false when it has ended */
  abstract wrong(hash: string, wrongMax: number): Promise<boolean>;
}
