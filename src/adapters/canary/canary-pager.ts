import type { OutgoingPage, Pager as PagerPort } from '../../ports/pager.js';
import { Pager } from '../../ports/pager.js';

/**
 * The end of the way of a test alarm. That it was sent, and when, is kept with its page like of any other; where there is an address,
 * it leaves by mail as well, so that the way out of the house is measured too.
 */
export class CanaryPager extends Pager {
  override readonly channel = 'canary';

  /** @param mail null: it stays in the house */
  constructor(private readonly mail: { readonly pager: PagerPort; readonly to: string } | null) {
    super();
  }

  override async send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    if (this.mail === null) return { receipt: 'measured' };
    return this.mail.pager.send({ ...page, address: this.mail.to });
  }
}
