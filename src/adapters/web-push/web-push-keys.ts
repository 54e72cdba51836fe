import { PushKeys } from '../../ports/push-keys.js';
import type { VapidKeys } from './vapid.js';

/** Made once from a secret of the site, and kept as long as the process lives: pages go on while the key service is away. */
export class WebPushKeys extends PushKeys {
  private known: VapidKeys | null = null;

  constructor(private readonly make: () => Promise<VapidKeys>) {
    super();
  }

  async keys(): Promise<VapidKeys> {
    return (this.known ??= await this.make());
  }

  async publicKey(): Promise<string> {
    return (await this.keys()).publicKey;
  }
}
