import type { Clock } from '@vigil/clock';
import type { StaffChannel } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { ContactOutcome, Contacts } from '../ports/contacts.js';
import { AddressGone, type OutgoingPage, Pager } from '../ports/pager.js';

/** Wall time for which the same outcome of the same way is not written again. */
const SAME_MS = 10 * 60_000;
/** Ways of a large hospital; beyond, the oldest are written again. */
const KNOWN_MAX = 5_000;

/**
 * A pager that notes of each way to reach a person whether the last try left the house, so that what is gone is used no more. The page
 * itself never waits for the note, and never fails because of it.
 */
export class ToldPager extends Pager {
  private readonly known = new Map<string, { readonly outcome: ContactOutcome; readonly wallMs: number }>();

  constructor(
    private readonly pager: Pager,
    private readonly contacts: Pick<Contacts, 'outcome'>,
    private readonly clock: Pick<Clock, 'wallMs'>,
  ) {
    super();
  }

  override get channel(): StaffChannel {
    return this.pager.channel;
  }

  async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    try {
      const receipt = await this.pager.send(page);
      this.tell(page, 'ok');
      return receipt;
    } catch (error) {
      if (error instanceof AddressGone) this.tell(page, 'gone');
      // What may work in a second says nothing of the way.
      else if (error instanceof PlatformError && !error.retryable) this.tell(page, 'failed');
      throw error;
    }
  }

  private tell({ contactId }: OutgoingPage, outcome: ContactOutcome): void {
    if (contactId === null) return;
    const wallMs = this.clock.wallMs();
    const last = this.known.get(contactId);
    if (last !== undefined && last.outcome === outcome && Math.abs(wallMs - last.wallMs) < SAME_MS) return;
    this.known.delete(contactId);
    this.known.set(contactId, { outcome, wallMs });
    if (this.known.size > KNOWN_MAX) this.known.delete(this.known.keys().next().value!);
    void this.contacts.outcome(contactId, outcome, wallMs).catch(() => this.known.delete(contactId));
  }
}
