import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '@vigil/audit-chain';
import { PlatformError } from '@vigil/domain';
import { AuditAnchor, type AnchorNote } from '../../ports/audit-anchor.js';

const FILE_MODE = 0o600;

/**
 * Appends each note to a file, synced, with empty lines between them. Nothing in it is ever changed; make the file
 * append-only for this process too (`chattr +a`), or let it lie on another machine.
 */
export class FileAnchor extends AuditAnchor {
  readonly name = 'file';
  readonly everyMs = 0;

  constructor(private readonly path: string) {
    super();
  }

  async publish({ note }: AnchorNote): Promise<void> {
    try {
      makeFolder(dirname(this.path));
      const file = await open(this.path, 'a', FILE_MODE);
      try {
        // Empty lines in front keep a note whole that comes after one which a power loss cut short.
        await file.writeFile(`\n\n${note}`);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch {
      throw new PlatformError('anchor-unavailable', {}, true);
    }
  }

  async close(): Promise<void> {}
}
