import { createHash } from 'node:crypto';
import { SiteSecrets } from '../../ports/site-secrets.js';
import type { SqlContext } from './context.js';

/** Secrets made from the key behind the blind indexes, so that nothing has to be kept for them. */
export class SqlSiteSecrets extends SiteSecrets {
  constructor(private readonly context: Pick<SqlContext, 'fields'>) {
    super();
  }

  override async secret(purpose: string): Promise<Buffer> {
    return createHash('sha256')
      .update(await this.context.fields.blindIndex('site-secret', purpose))
      .digest();
  }
}
