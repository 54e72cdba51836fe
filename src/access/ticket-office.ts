import { EpochMs, type StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { StoredTicket, TicketPurpose, Tickets } from '../ports/tickets.js';
import { newToken, tokenHash } from './tokens.js';

const MINUTE_MS = 60_000;
const LIFE_MS = 5 * MINUTE_MS;
/** Somebody may have to find the app first. */
const SETUP_LIFE_MS = 15 * MINUTE_MS;
/** Wrong answers that one ticket bears. */
const WRONG_MAX = 5;

export interface Issued {
  readonly ticket: string;
  readonly expiresAtMs: EpochMs;
}

/** Gives out tickets and takes them in again: opaque, single-use, each for one purpose. */
export class TicketOffice {
  constructor(
    private readonly tickets: Tickets,
    private readonly clock: AppClock,
  ) {}

  async issue(
    purpose: TicketPurpose,
    staffId: StaffId | null,
    content: Readonly<Record<string, string>>,
    secret?: string,
  ): Promise<Issued> {
    const ticket = newToken();
    const wallMs = this.clock.wallMs();
    const expiresMs = wallMs + (purpose === 'totp-setup' ? SETUP_LIFE_MS : LIFE_MS);
    const row = { hash: tokenHash(ticket), purpose, staffId, content, expiresMs, wallMs };
    await this.tickets.put(secret === undefined ? row : { ...row, secret });
    return { ticket, expiresAtMs: EpochMs.parse(expiresMs) };
  }

  /** What the ticket carries; it stays good. @throws PlatformError('ticket-expired') */
  async look(ticket: string, purpose: TicketPurpose): Promise<StoredTicket> {
    return orExpired(await this.tickets.peek(tokenHash(ticket), purpose, this.clock.wallMs()));
  }

  /** What the ticket carries; it is used up. @throws PlatformError('ticket-expired') */
  async take(ticket: string, purpose: TicketPurpose): Promise<StoredTicket> {
    return orExpired(await this.tickets.take(tokenHash(ticket), purpose, this.clock.wallMs()));
  }

  /** Counts a wrong code. @throws PlatformError always: 'wrong-code', or 'ticket-expired' with the fifth */
  async wrongCode(ticket: string): Promise<never> {
    const goesOn = await this.tickets.wrong(tokenHash(ticket), WRONG_MAX);
    throw new PlatformError(goesOn ? 'wrong-code' : 'ticket-expired');
  }
}

function orExpired(ticket: StoredTicket | null): StoredTicket {
  if (ticket === null) throw new PlatformError('ticket-expired');
  return ticket;
}
