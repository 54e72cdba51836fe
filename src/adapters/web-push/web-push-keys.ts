import { PushKeys } from '../../ports/push-keys.js';
import type { OutgoingPage } from '../../ports/pager.js';
import type { SignedTokens } from '../signed-tokens/signed-tokens.js';
import type { VapidKeys } from './vapid.js';

/** Made once from a secret of the site, and kept as long as the process lives: pages go on while the key service is away. */
export class WebPushKeys extends PushKeys {
  private known: VapidKeys | null = null;

  constructor(
    private readonly make: () => Promise<VapidKeys>,
    private readonly receipts: Pick<SignedTokens, 'issue' | 'read'>,
  ) {
    super();
  }

  async keys(): Promise<VapidKeys> {
    return (this.known ??= await this.make());
  }

  async publicKey(): Promise<string> {
    return (await this.keys()).publicKey;
  }

  /** With it a phone says that it has shown the page, and can do nothing else. */
  receiptFor({ pageId, contactId }: Pick<OutgoingPage, 'pageId' | 'contactId'>): Promise<string> {
    return this.receipts.issue(JSON.stringify([pageId, contactId]));
  }

  async shownBy(token: string): Promise<{ readonly pageId: string; readonly contactId: string | null } | null> {
    const said = await this.receipts.read(token);
    if (said === null) return null;
    const [pageId, contactId] = JSON.parse(said) as [string, string | null];
    return { pageId, contactId };
  }
}
