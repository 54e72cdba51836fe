import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fingerprint } from '@vigil/contracts';
import { z } from 'zod';
import { SITE_FILES } from '../site/site-files.js';

const Enrolled = z.array(
  z.object({
    deviceId: z.string(),
    certificates: z
      .array(z.object({ sha256: Fingerprint }))
      .max(8)
      .optional(),
  }),
);

/** Which certificates may speak for which device, as `devices.json` of the data folder says. */
export class DeviceCertificates {
  private version = '';
  private known: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(private readonly dataDir: string) {}

  /** Devices without an entry are not managed here. A file that can't be read leaves what was known. */
  now(): ReadonlyMap<string, readonly string[]> {
    const file = join(this.dataDir, SITE_FILES.devices);
    try {
      const { mtimeMs, size } = statSync(file);
      if (`${mtimeMs}/${size}` === this.version) return this.known;
      const entries = Enrolled.parse(JSON.parse(readFileSync(file, 'utf8')));
      this.known = new Map(
        entries.flatMap(({ deviceId, certificates }) =>
          certificates === undefined ? [] : [[deviceId, certificates.map(({ sha256 }) => sha256).sort()] as const],
        ),
      );
      this.version = `${mtimeMs}/${size}`;
    } catch {
      // Half written, or no devices yet: the next question looks again.
    }
    return this.known;
  }
}
