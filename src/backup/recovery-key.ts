import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { BackupError } from './backup-error.js';

/** What opens back-ups of one site. It is kept away from the machine that makes them. */
const RecoveryFile = z.object({
  format: z.literal(1),
  kind: z.literal('vigil-recovery-key'),
  siteId: z.string(),
  recipientId: z.string(),
  /** X25519, PKCS #8, base64. */
  key: z.string(),
  /** Ed25519 of the site, SPKI, base64: only what it signed is restored. */
  signer: z.string(),
  madeMs: z.number(),
});

/** What the machine needs to make back-ups that it can't open by itself, but for the repository key. */
const SiteFile = z.object({
  format: z.literal(1),
  siteId: z.string(),
  recipientId: z.string(),
  /** X25519, SPKI, base64. */
  recipient: z.string(),
  /** Ed25519, PKCS #8, base64. */
  signer: z.string(),
  /** 32 bytes, base64: the data part is sealed with it, and it is part of the keys. */
  repositoryKey: z.string(),
});

export interface RecoveryKey {
  readonly siteId: string;
  readonly recipientId: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
}

export interface SiteKeys {
  readonly siteId: string;
  readonly recipientId: string;
  readonly recipient: KeyObject;
  readonly signer: KeyObject;
  readonly repositoryKey: Buffer;
}

export function recipientIdOf(spki: Buffer): string {
  return `rec-${createHash('sha256').update(spki).digest('hex').slice(0, 12)}`;
}

/** A new pair of files: one for a safe place, one for the data folder. */
export function makeRecoveryKey(wallMs: number): {
  readonly recoveryText: string;
  readonly siteText: string;
  readonly recipientId: string;
} {
  const box = generateKeyPairSync('x25519');
  const sign = generateKeyPairSync('ed25519');
  const recipient = box.publicKey.export({ type: 'spki', format: 'der' });
  const siteId = `site-${randomBytes(6).toString('hex')}`;
  const recipientId = recipientIdOf(recipient);
  const base64 = (key: KeyObject): string =>
    key
      .export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'der' } as { type: 'spki'; format: 'der' })
      .toString('base64');
  const recovery: z.infer<typeof RecoveryFile> = {
    ...{ format: 1, kind: 'vigil-recovery-key', siteId, recipientId },
    ...{ key: base64(box.privateKey), signer: base64(sign.publicKey), madeMs: wallMs },
  };
  const site: z.infer<typeof SiteFile> = {
    ...{ format: 1, siteId, recipientId, recipient: recipient.toString('base64'), signer: base64(sign.privateKey) },
    repositoryKey: randomBytes(32).toString('base64'),
  };
  const text = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;
  return { recoveryText: text(recovery), siteText: text(site), recipientId };
}

/** @throws BackupError `wrong-recovery-key` when it is no such file */
export function readRecoveryKey(text: string, path: string): RecoveryKey {
  const file = parsed(RecoveryFile, text);
  if (file === null) {
    throw new BackupError(
      'wrong-recovery-key',
      `${path} is no recovery key of Vigil; it is the file that \`vigil backup-key\` wrote`,
    );
  }
  return {
    ...{ siteId: file.siteId, recipientId: file.recipientId },
    key: createPrivateKey({ key: Buffer.from(file.key, 'base64'), type: 'pkcs8', format: 'der' }),
    signer: createPublicKey({ key: Buffer.from(file.signer, 'base64'), type: 'spki', format: 'der' }),
  };
}

/** @throws BackupError `no-recovery-key` when it is no such file */
export function readSiteKeys(text: string, path: string): SiteKeys {
  const file = parsed(SiteFile, text);
  if (file === null)
    throw new BackupError('no-recovery-key', `${path} is damaged: restore it, or make a new key with \`vigil backup-key\``);
  return {
    ...{ siteId: file.siteId, recipientId: file.recipientId },
    recipient: createPublicKey({ key: Buffer.from(file.recipient, 'base64'), type: 'spki', format: 'der' }),
    signer: createPrivateKey({ key: Buffer.from(file.signer, 'base64'), type: 'pkcs8', format: 'der' }),
    repositoryKey: Buffer.from(file.repositoryKey, 'base64'),
  };
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
