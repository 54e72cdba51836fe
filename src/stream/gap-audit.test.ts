import { FakeClock } from '@vigil/clock';
import { type EncounterId, Gap, type PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AuditEntry } from '../ports/audit-trail.js';
import { GAP_ENTRIES_PER_MINUTE, GapAudit } from './gap-audit.js';

const gap = (n: number, more: Partial<Gap> = {}): Gap =>
  Gap.parse({
    ...{ v: 1, id: `gap/${n}`, key: 'bed:icu-1', origin: 'live', atMs: 9_000, kind: 'gap', gatewayId: 'gw-1' },
    ...{ deviceId: 'mon-1', bedId: 'icu-1', bootId: 'boot', fromSeq: 1, toSeq: 12, count: 12, fromMs: 1_000, toMs: 3_000 },
    reason: 'neverArrived',
    ...more,
  });

function auditOf(options: { trailAway?: boolean; storeAway?: boolean } = {}) {
  const clock = new FakeClock(1_000_000);
  const rows: AuditEntry[] = [];
  const kept: AuditEntry[] = [];
  const audit = new GapAudit({
    clock,
    trail: {
      append: (entry: AuditEntry) => {
        if (options.trailAway === true) return Promise.reject(new PlatformError('audit-unavailable', {}, true));
        rows.push(entry);
        return Promise.resolve();
      },
      list: () => Promise.reject(new Error('not asked')),
    },
    spool: { add: (entry) => Promise.resolve(void kept.push(entry)) },
    relations: {
      staysIn: (_bedId, fromMs, toMs) =>
        options.storeAway === true
          ? Promise.reject(new PlatformError('store-unavailable', {}, true))
          : Promise.resolve([
              {
                encounterId: 'e' as EncounterId,
                patientId: `p-${fromMs}-${toMs}` as PatientId,
                admittedMs: 0,
                dischargedMs: null,
              },
            ]),
    },
  });
  return { audit, clock, rows, kept };
}

test('each gap is one entry that says what is missing, of whom, when and why', async () => {
  const { audit, rows } = auditOf();
  await audit.note([gap(1)]);
  expect(rows).toMatchObject([
    {
      entryId: 'gap:gap/1',
      actor: 'system:history',
      action: 'history.gap',
      object: 'bed:icu-1',
      outcome: 'failed',
      patientIds: ['p-1000-3001'],
      detail: '12 messages neverArrived, 1000..3000, device:mon-1 gateway:gw-1',
    },
  ]);
});

test('a gap of which damage left little is an entry of its gateway', async () => {
  const { audit, rows } = auditOf();
  await audit.note([gap(1, { bedId: null, deviceId: null, bootId: null, fromSeq: null, toSeq: null, reason: 'damaged' })]);
  expect(rows).toMatchObject([{ object: 'gateway:gw-1', patientIds: [], detail: expect.stringContaining('device:unknown') }]);
});

test('a flood of gaps is summed up, and nothing of it is lost', async () => {
  const { audit, clock, rows } = auditOf();
  await audit.note(Array.from({ length: GAP_ENTRIES_PER_MINUTE + 5 }, (_, n) => gap(n)));
  expect(rows).toHaveLength(GAP_ENTRIES_PER_MINUTE);
  await clock.advance(60_000);
  await audit.note([gap(99)]);
  expect(rows.at(-1)?.detail).toContain('; before it 5 more gaps, 60 messages');
});

test('while the trail or the site is away the entry is kept aside, or is without the patient', async () => {
  const away = auditOf({ trailAway: true });
  await away.audit.note([gap(1)]);
  expect(away.kept.map((entry) => entry.entryId)).toEqual(['gap:gap/1']);
  const unknown = auditOf({ storeAway: true });
  await unknown.audit.note([gap(1)]);
  expect(unknown.rows.map((entry) => entry.patientIds)).toEqual([[]]);
});
