import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPort, openKeyFile, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { AwsKmsKeys } from '../../src/adapters/aws-kms/aws-kms-keys.js';
import { AzureKeyVaultKeys } from '../../src/adapters/azure-key-vault/azure-key-vault-keys.js';
import { FakeKeyVault } from '../support/fake-key-vault.js';
import { FakeKms } from '../support/fake-kms.js';
import { keyPortContract } from './key-port.contract.js';

describe('the key file', () => {
  keyPortContract(async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'vigil-key-port-')), 'kek.json');
    await openKeyFile(path, { create: 'if-missing' });
    return {
      open: () => openKeyFile(path, { create: 'never' }),
      rotate: async () => void (await rotateKeyFile(path)),
      retire: (keyId) => retireKey(path, keyId),
    };
  });
});

const CALL_TIMEOUT_MS = 1_500;

describe('Azure Key Vault (the client of the vendor, a server of ours)', () => {
  let vault: FakeKeyVault;
  const open = (): Promise<KeyPort> =>
    AzureKeyVaultKeys.open({
      keyIdentifier: vault.keyIdentifier,
      credential: vault.credential,
      client: { httpClient: vault.httpClient },
      callTimeoutMs: CALL_TIMEOUT_MS,
    });
  const stand = async () => {
    vault = new FakeKeyVault();
    await vault.start();
    return { open, rotate: async () => vault.rotate(), retire: async (keyId: string) => vault.delete(keyId) };
  };
  afterEach(() => vault.stop());

  describe('as a key port', () => keyPortContract(stand));
  serviceContract(stand, () => vault);

  test('a token that is refused is for people to mend', async () => {
    await stand();
    vault.isTokenRefused = true;
    await expect(open()).rejects.toMatchObject({ code: 'key-denied', retryable: false });
  });

  test.each(['http://v.vault.azure.net/keys/a', 'https://v.vault.azure.net/secrets/a', 'https://v.vault.azure.net/keys/a/../b'])(
    '%s is no key identifier',
    async (keyIdentifier) => {
      await expect(AzureKeyVaultKeys.open({ keyIdentifier })).rejects.toMatchObject({ code: 'key-unknown' });
    },
  );

  test('a version that the setting names stays the current one', async () => {
    await stand();
    const { currentKeyId } = await open();
    const pinned = await AzureKeyVaultKeys.open({
      keyIdentifier: `${vault.keyIdentifier}/${currentKeyId.split('/')[1]!}`,
      credential: vault.credential,
      client: { httpClient: vault.httpClient },
    });
    vault.rotate();
    expect(await pinned.refresh()).toBe(false);
    expect(pinned.currentKeyId).toBe(currentKeyId);
  });
});

describe('AWS KMS (the client of the vendor, a server of ours)', () => {
  let kms: FakeKms;
  const open = (): Promise<KeyPort> =>
    AwsKmsKeys.open({ keyName: kms.keyName, client: kms.client, callTimeoutMs: CALL_TIMEOUT_MS });
  const stand = async () => {
    kms = new FakeKms();
    await kms.start();
    return { open, rotate: async () => kms.rotate(), retire: async (keyId: string) => kms.delete(keyId) };
  };
  afterEach(() => kms.stop());

  describe('as a key port', () => keyPortContract(stand));
  serviceContract(stand, () => kms);

  test('a credential that is refused is for people to mend', async () => {
    await stand();
    kms.accessKey = 'another';
    await expect(open()).rejects.toMatchObject({ code: 'key-denied', retryable: false });
  });

  test('the log of KMS learns no place by name', async () => {
    await stand();
    await (await open()).wrap(Buffer.alloc(32), 'hub:main:7');
    expect(kms.contextsSeen).toHaveLength(1);
    expect(kms.contextsSeen[0]).not.toContain('hub');
  });

  test.each(['vigil', 'arn:aws:s3:::bucket', 'alias/', 'http://127.0.0.1/'])('%s is no key name', async (keyName) => {
    await expect(AwsKmsKeys.open({ keyName })).rejects.toMatchObject({ code: 'key-unknown' });
  });
});

interface Service {
  throttled: number;
  isSilent: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  setEnabled(keyId: string, isEnabled: boolean): void;
}

/** What holds for keys behind a network. */
function serviceContract(newStand: () => Promise<{ open(): Promise<KeyPort> }>, serviceOf: () => Service): void {
  const dataKey = Buffer.alloc(32, 7);

  test('a service that is stopped is away, for a running process and for a new one, and is used again when it is back', async () => {
    const { open } = await newStand();
    const keys = await open();
    const { keyId, wrapped } = await keys.wrap(dataKey, 'x');
    await serviceOf().stop();
    const away = { code: 'key-away', retryable: true };
    await expect(keys.unwrap(keyId, wrapped, 'x')).rejects.toMatchObject(away);
    await expect(keys.wrap(dataKey, 'x')).rejects.toMatchObject(away);
    await expect(keys.refresh()).rejects.toMatchObject(away);
    await expect(open()).rejects.toMatchObject(away);
    expect(keys.currentKeyId).toBe(keyId);
    await serviceOf().start();
    expect((await keys.unwrap(keyId, wrapped, 'x')).equals(dataKey)).toBe(true);
  });

  test('a service that does not answer is away after a bounded time', async () => {
    const { open } = await newStand();
    const keys = await open();
    serviceOf().isSilent = true;
    const before = performance.now();
    await expect(keys.wrap(dataKey, 'x')).rejects.toMatchObject({ code: 'key-away' });
    expect(performance.now() - before).toBeLessThan(5 * CALL_TIMEOUT_MS);
  });

  test('a throttled call is tried again; a service that throttles on is away', async () => {
    const { open } = await newStand();
    const keys = await open();
    serviceOf().throttled = 1;
    await keys.wrap(dataKey, 'x');
    serviceOf().throttled = 100;
    await expect(keys.wrap(dataKey, 'x')).rejects.toMatchObject({ code: 'key-away' });
  });

  test('a key that is disabled is refused until it is enabled', async () => {
    const { open } = await newStand();
    const keys = await open();
    const { keyId, wrapped } = await keys.wrap(dataKey, 'x');
    serviceOf().setEnabled(keyId, false);
    const denied = { code: 'key-denied', retryable: false };
    await expect(keys.unwrap(keyId, wrapped, 'x')).rejects.toMatchObject(denied);
    await expect(keys.refresh()).rejects.toMatchObject(denied);
    serviceOf().setEnabled(keyId, true);
    expect((await keys.unwrap(keyId, wrapped, 'x')).equals(dataKey)).toBe(true);
  });
}
