import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { Site } from '@vigil/contracts';
import type { PagingPolicy } from '@vigil/domain';
import { openKeyFile, rotateKeyFile } from '@vigil/sealed-records';
import { openSqlStores, type SqlStores } from '../../src/adapters/sql/index.js';
import type { OnSealing } from '../../src/adapters/sql/seal-old.js';
import type { DeadLetterBounds } from '../../src/ports/dead-letters.js';
import type { HeldBounds } from '../../src/ports/held-messages.js';
import { alarmText } from '../../src/alarms/alarm-text.js';
import { sitePolicy } from '../../src/escalation/site-policy.js';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { everythingIn, type PostgresServer } from '../support/postgres.js';
import { StoppableKeys } from '../support/stoppable-keys.js';

export const OWNER = 'platform-test';
export const CONSUMER = { namespace: '127.0.0.1', hub: 'vigil', group: 'alarms' };
/** The primary nurse at once, who is in charge after 30 s, the end after another 60 s. */
export const policy: PagingPolicy = sitePolicy({
  steps: [
    { tell: 'primary', waitS: 30 },
    { tell: 'charge', waitS: 60 },
  ],
  priorities: ['high', 'medium'],
});

/** Two care units, three beds on two gateways; amy and ben nurse one bed each, carol is in charge of `icu`. */
export const site = Site.parse({
  v: 1,
  careUnits: [
    { careUnitId: 'icu', label: 'ICU' },
    { careUnitId: 'imc', label: 'IMC' },
  ],
  beds: [
    { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1' },
    { bedId: 'icu-2', careUnitId: 'icu', label: 'ICU 2' },
    { bedId: 'imc-1', careUnitId: 'imc', label: 'IMC 1' },
  ],
  gateways: [{ gatewayId: 'gw-1' }, { gatewayId: 'gw-2' }],
  profiles: { monitor: { intervalsMs: { heartRate: 1_000 } } },
  devices: [
    { deviceId: 'sim-icu-1', gatewayId: 'gw-1', profile: 'monitor' },
    { deviceId: 'sim-icu-2', gatewayId: 'gw-1', profile: 'monitor' },
    { deviceId: 'sim-imc-1', gatewayId: 'gw-1', profile: 'monitor' },
  ],
  deviceAssignments: [
    { deviceId: 'sim-icu-1', bedId: 'icu-1' },
    { deviceId: 'sim-icu-2', bedId: 'icu-2' },
    { deviceId: 'sim-imc-1', bedId: 'imc-1' },
  ],
  patients: [
    { patientId: 'pat-1', mrn: 'M1', familyName: 'TESTMAN', givenName: 'Tim', birthDate: '1960-01-02', sex: 'male' },
    { patientId: 'pat-2', mrn: 'M2', familyName: 'PROBE', givenName: 'Paula', birthDate: '1950-03-04', sex: 'female' },
  ],
  encounters: [{ encounterId: 'enc-1', patientId: 'pat-1', bedId: 'icu-1' }],
  staff: [
    { staffId: 'amy', username: 'amy', name: 'Amy Nurse', roles: ['nurse'], email: 'amy@hospital.test' },
    { staffId: 'ben', username: 'ben', name: 'Ben Nurse', roles: ['nurse'], email: 'ben@hospital.test' },
    { staffId: 'carol', username: 'carol', name: 'Carol Charge', roles: ['charge-nurse'], email: 'carol@hospital.test' },
    { staffId: 'dan', username: 'dan', name: 'Dan Admin', roles: ['admin'] },
  ],
  staffAssignments: [
    { staffId: 'amy', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' },
    { staffId: 'ben', careUnitId: 'icu', bedId: 'icu-2', role: 'primary' },
    { staffId: 'carol', careUnitId: 'icu', bedId: null, role: 'charge' },
  ],
  escalation: {
    steps: [
      { tell: 'primary', waitS: 30 },
      { tell: 'charge', waitS: 60 },
    ],
    priorities: ['high', 'medium'],
  },
  ruleSet: { v: 1, name: 'test', latenessMs: 2_000, rules: [] },
});

export const passwordHashes = new Map(site.staff.map((s) => [s.username, `$argon2id$${s.username}`]));

export interface TestStores extends SqlStores {
  readonly clock: FakeClock;
  readonly file: string;
  /** Holds the database, `keys.db` and `kek.json`. */
  readonly folder: string;
  /** Stops, or starts again, the key service of the stores that were opened last. */
  stopKeys(isStopped: boolean): void;
  /** Another process on the same file. */
  again(ownerId?: string, onSealing?: OnSealing): Promise<SqlStores>;
  seed(): Promise<void>;
  claim(ownerId: string, partition?: number): Promise<boolean>;
  /** True where the database has this text somewhere as it is. */
  holds(text: string): Promise<boolean>;
  end(): Promise<void>;
}

export type TestStoresOptions = NonNullable<Parameters<typeof openTestStores>[0]>;
/** `openTestStores`, for one kind of database. */
export type OpenTestStores = (more?: TestStoresOptions) => Promise<TestStores>;

/** Stores on a real database file in a folder of their own, seeded with `site`, partition 0 owned by `OWNER`. */
export async function openTestStores(
  more: {
    readonly smtp?: boolean;
    readonly webhook?: boolean;
    readonly demo?: boolean;
    readonly deadLetterBounds?: DeadLetterBounds;
    readonly heldBounds?: HeldBounds;
    readonly ehrKeptMax?: number;
    readonly inboundWaitingMax?: number;
    /** Left out: the one above. */
    readonly policy?: PagingPolicy;
    /** Where its folder is made. */
    readonly within?: string;
    /** On a new database of this server instead of a file. */
    readonly postgres?: PostgresServer;
  } = {},
): Promise<TestStores> {
  const folder = mkdtempSync(join(more.within ?? tmpdir(), 'vigil-sql-'));
  const file = join(folder, 'vigil.db');
  const kekFile = join(folder, 'kek.json');
  const keys: { port: StoppableKeys | null } = { port: null };
  const clock = new FakeClock();
  const url = more.postgres === undefined ? null : await more.postgres.migrated();
  const options = (ownerId: string) => ({
    file,
    ...(url === null ? {} : { url: databaseUrlOf(url) }),
    keysFile: join(folder, 'keys.db'),
    openKeys: async ({ create }: { readonly create: 'if-missing' | 'never' }) =>
      (keys.port = new StoppableKeys(await openKeyFile(kekFile, { create }))),
    rotateKek: async () => void (await rotateKeyFile(kekFile)),
    clock,
    policy: more.policy ?? policy,
    ownerId,
    alarmsConsumer: CONSUMER,
    feedAuthorities: { hl7: 'HOSP', fhir: 'urn:mrn' },
    origin: 'simulated' as const,
    alarmText: (view: Parameters<typeof alarmText>[0]) => alarmText(view, 'UTC'),
    demoChannels: more.demo === false ? [] : (['smtp', 'webhook'] as const),
    smtp: more.smtp ?? true,
    webhook: more.webhook ?? false,
    ...(more.deadLetterBounds === undefined ? {} : { deadLetterBounds: more.deadLetterBounds }),
    ...(more.heldBounds === undefined ? {} : { heldBounds: more.heldBounds }),
    ...(more.ehrKeptMax === undefined ? {} : { ehrKeptMax: more.ehrKeptMax }),
    ...(more.inboundWaitingMax === undefined ? {} : { inboundWaitingMax: more.inboundWaitingMax }),
  });
  const opened: SqlStores[] = [];
  const open = async (ownerId: string, onSealing: OnSealing = () => undefined): Promise<SqlStores> => {
    const stores = await openSqlStores({ ...options(ownerId), onSealing });
    opened.push(stores);
    return stores;
  };
  const stores = await open(OWNER);
  const seed = (): Promise<void> =>
    stores.directory.seed(site, passwordHashes, { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: clock.rate });
  await seed();
  await claimPartition(stores, OWNER, 0);
  return {
    ...stores,
    clock,
    file,
    folder,
    stopKeys: (isStopped) => void (keys.port!.isStopped = isStopped),
    again: (ownerId = OWNER, onSealing) => open(ownerId, onSealing),
    seed,
    claim: (ownerId, partition = 0) => claimPartition(stores, ownerId, partition),
    holds: async (text) => {
      if (url !== null) return (await everythingIn(url)).includes(text);
      return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));
    },
    end: async () => {
      for (const each of opened) await each.close();
      if (url !== null) more.postgres!.giveBack(url);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function claimPartition(stores: SqlStores, ownerId: string, partition: number): Promise<boolean> {
  const store = stores.partitionOwners.storeFor(ownerId);
  const known = (await store.listOwnership(CONSUMER.namespace, CONSUMER.hub, CONSUMER.group)).find(
    (o) => o.partitionId === String(partition),
  );
  const won = await store.claimOwnership([
    {
      fullyQualifiedNamespace: CONSUMER.namespace,
      eventHubName: CONSUMER.hub,
      consumerGroup: CONSUMER.group,
      partitionId: String(partition),
      ownerId,
      ...(known?.etag === undefined ? {} : { etag: known.etag }),
    },
  ]);
  return won.length === 1;
}
