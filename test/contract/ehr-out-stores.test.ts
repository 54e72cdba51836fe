import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PatientId } from '@vigil/contracts';
import { MemoryEhrOut } from '../../src/adapters/memory/memory-ehr-out.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { ehrOutContract, kept, KEPT_MAX_HERE } from './ehr-out.contract.js';
import { CONSUMER, openTestStores, OWNER, type TestStores } from './sql-fixture.js';

const everything = { reasons: ['no-stay', 'no-identifier', 'refused'], afterSeq: 0, limit: 100 } as const;

describe('MemoryEhrOut', () => ehrOutContract(() => Promise.resolve({ ehrOut: new MemoryEhrOut(KEPT_MAX_HERE) })));

describe('SqlEhrOut', () => {
  let t: TestStores;
  beforeEach(async () => void (t = await openTestStores()));
  afterEach(() => t.end());

  const positions = () => t.partitionOwners.storeFor(OWNER).listCheckpoints(CONSUMER.namespace, CONSUMER.hub, 'fhir');
  const claim = (ownerId: string, etag?: string) => {
    const id = {
      fullyQualifiedNamespace: CONSUMER.namespace,
      eventHubName: CONSUMER.hub,
      consumerGroup: 'fhir',
      partitionId: '0',
    };
    return t.partitionOwners.storeFor(ownerId).claimOwnership([{ ...id, ownerId, ...(etag === undefined ? {} : { etag }) }]);
  };

  test('the position is the owner’s alone, and never moves back', async () => {
    await expect(t.ehrOut.moveOn(0, { offset: '@9', sequence: 9 })).rejects.toThrow(/ownership-lost/);
    const [mine] = await claim(OWNER);
    await t.ehrOut.moveOn(0, { offset: '@9', sequence: 9 });
    await t.ehrOut.moveOn(0, { offset: '@5', sequence: 5 });
    expect(await positions()).toMatchObject([{ offset: '@9', sequenceNumber: 9 }]);
    await claim('somebody-else', mine!.etag);
    await expect(t.ehrOut.moveOn(0, { offset: '@10', sequence: 10 })).rejects.toThrow(/ownership-lost/);
  });

  test('no reading lies open on the disk, and what waits goes with its patient', async () => {
    await t.ehrOut.keep([kept(1, 'refused', 'pat-2'), kept(2, 'no-stay', null)], 5);
    for (const name of readdirSync(t.folder)) expect(readFileSync(join(t.folder, name)).includes('123.4')).toBe(false);
    const audit = auditEntry({ actor: 'dan', action: 'patient.erase', object: 'patient:pat-2', outcome: 'allowed' });
    await t.recordKeys.erasePatient(PatientId.parse('pat-2'), { audit, nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs() });
    expect(await t.ehrOut.counts()).toEqual({ 'no-stay': 1, 'no-identifier': 0, refused: 0 });
    expect((await t.ehrOut.kept(everything)).map(({ identity }) => identity)).toEqual(['identity-2']);
  });
});
