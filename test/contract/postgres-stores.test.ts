import { type PostgresServer, postgresOfTests } from '../support/postgres.js';
import { openTestStores } from './sql-fixture.js';
import { sqlStoresContract } from './sql-stores.contract.js';

const postgres: PostgresServer | null = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;
afterAll(() => postgres?.stop());

here('on PostgreSQL', () => sqlStoresContract((more) => openTestStores({ ...more, postgres: postgres! })));
