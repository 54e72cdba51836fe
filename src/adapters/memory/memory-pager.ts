import type { StaffChannel } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { QueuedPage } from '../../ports/escalations.js';
import { Pager, Pagers } from '../../ports/pager.js';

/** For tests: keeps what was sent. Forgets everything on restart. */
export class MemoryPager extends Pager {
  readonly sent: QueuedPage[] = [];
  /** While set, each attempt fails so. */
  failing: { readonly retryable: boolean } | null = null;
  attempts = 0;

  constructor(readonly channel: StaffChannel = 'smtp') {
    super();
  }

  async send(page: QueuedPage): Promise<{ readonly receipt: string }> {
    this.attempts++;
    if (this.failing !== null) throw new PlatformError('pager-unavailable', {}, this.failing.retryable);
    this.sent.push(page);
    return { receipt: `memory-${this.sent.length}` };
  }
}

/** The pagers of a site, as a list. */
export class PagerList extends Pagers {
  constructor(private readonly pagers: readonly Pager[]) {
    super();
  }

  all(): readonly Pager[] {
    return this.pagers;
  }
}
