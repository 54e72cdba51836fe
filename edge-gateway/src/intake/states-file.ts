import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPort } from '@vigil/sealed-records';
import { SealedFile } from '../sealed-file.js';

/**
 * Where `DeviceStates` are kept: sealed, because a device chooses some of their texts (its boot id, its firmware), and a name
 * may be in them. A readable file of an older version is taken over once, and then removed.
 */
export class StatesFile {
  private readonly sealed: SealedFile;
  private readonly readable: string;
  private mayBeReadable = true;

  constructor(dataDir: string, keys: KeyPort, gatewayId: string) {
    this.sealed = new SealedFile(join(dataDir, 'device-states.sealed'), keys, `device-states:${gatewayId}`);
    this.readable = join(dataDir, 'device-states.json');
  }

  /** What `save` was given last; null where there is nothing that can be read. */
  async load(): Promise<unknown> {
    return (await this.sealed.load()) ?? (await this.loadReadable());
  }

  async save(document: unknown): Promise<void> {
    await this.sealed.save(document);
    if (!this.mayBeReadable) return;
    await rm(this.readable, { force: true });
    this.mayBeReadable = false;
  }

  private async loadReadable(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.readable, 'utf8')) as unknown;
    } catch {
      return null;
    }
  }
}
