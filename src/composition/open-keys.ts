import { join } from 'node:path';
import { type KeyFileOptions, type KeyPort, openKeyFile, rotateKeyFile } from '@vigil/sealed-records';
import type { KeysSetting } from '../config.js';

/** The key-encryption keys of the platform, in the data folder unless `VIGIL_KEYS` says otherwise. */
export const KEY_FILE = 'kek.json';

/**
 * Opens the key-encryption keys that `VIGIL_KEYS` names. A vault's client is loaded only where it is used.
 *
 * @param options for the key file: may it be made? A vault's key is never made here
 * @throws SealError `key-file`, `key-away`, `key-denied`, `key-unknown`, each with what to do
 */
export async function openKeys(keys: KeysSetting, dataDir: string, options: KeyFileOptions): Promise<KeyPort> {
  switch (keys.kind) {
    case 'file':
      return openKeyFile(join(dataDir, KEY_FILE), options);
    case 'azure': {
      const { AzureKeyVaultKeys } = await import('../adapters/azure-key-vault/azure-key-vault-keys.js');
      return AzureKeyVaultKeys.open({ keyIdentifier: keys.keyIdentifier });
    }
    case 'aws': {
      const { AwsKmsKeys } = await import('../adapters/aws-kms/aws-kms-keys.js');
      return AwsKmsKeys.open({ keyName: keys.keyName });
    }
  }
}

/** Makes another key-encryption key the current one; null where that is done in the vault itself. */
export function kekRotation(keys: KeysSetting, dataDir: string): (() => Promise<string>) | null {
  return keys.kind === 'file' ? () => rotateKeyFile(join(dataDir, KEY_FILE)) : null;
}
