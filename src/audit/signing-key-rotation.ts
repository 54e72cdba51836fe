import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppClock } from '../ports/app-clock.js';
import { auditEntry, type AuditTrail } from '../ports/audit-trail.js';

/** Whether somebody has asked for another signing key, and what is done once there is one. */
export interface SigningKeyRotation {
  asked(): boolean;
  /** The new key is on the disk; the next checkpoint announces it. @throws PlatformError('audit-unavailable') */
  begun(): Promise<void>;
}

/** In the folder of the signing key: an operator asks for a new one (`vigil keys rotate --only audit`). */
export const ROTATION_ASKED_FILE = join('audit', 'rotate-signing-key');

/** The request is a file, because only the process that signs may write the key file while it runs. */
export function rotationByFile(dataDir: string, trail: AuditTrail, clock: AppClock): SigningKeyRotation {
  const file = join(dataDir, ROTATION_ASKED_FILE);
  return {
    asked: () => existsSync(file),
    begun: async () => {
      const entry = auditEntry({
        actor: 'system:audit-keeper',
        action: 'key.rotate',
        object: 'audit-signing-key',
        outcome: 'allowed',
        detail: 'asked for from the command line',
      });
      await trail.append(entry, clock.wallMs());
      rmSync(file, { force: true });
    },
  };
}
