import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryDataKeyStore } from '@vigil/sealed-records';
import { SqlDataKeys } from '../../src/adapters/sql/data-keys.js';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { postgresOfTests } from '../support/postgres.js';
import { dataKeyStoreContract } from './data-key-store.contract.js';

const postgres = await postgresOfTests();
afterAll(() => postgres?.stop());

describe('MemoryDataKeyStore', () => {
  dataKeyStoreContract(async () => {
    const store = new MemoryDataKeyStore();
    return { open: async () => store };
  });
});

describe('SqlDataKeys', () => {
  const opened: SqlDataKeys[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  dataKeyStoreContract(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vigil-data-keys-')), 'keys.db');
    return {
      open: async () => {
        const store = await SqlDataKeys.open(file);
        opened.push(store);
        return store;
      },
    };
  });
});

(postgres === null ? describe.skip : describe)('SqlDataKeys on PostgreSQL', () => {
  const opened: SqlDataKeys[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  dataKeyStoreContract(async () => {
    const url = databaseUrlOf(await postgres!.empty());
    return {
      open: async () => {
        const store = await SqlDataKeys.openPostgres(url);
        opened.push(store);
        return store;
      },
    };
  });
});
