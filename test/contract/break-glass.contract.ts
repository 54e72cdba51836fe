import { BedId, BreakGlassId, CareUnitId, PatientId, StaffId } from '@vigil/contracts';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import { type BreakGlass, type NewGrant, REVIEW_WITHIN_MS } from '../../src/ports/break-glass.js';

export interface BreakGlassUnderTest {
  readonly breakGlass: BreakGlass;
  readonly auditTrail: AuditTrail;
  nowMs(): number;
  end(): Promise<void>;
}

const MINUTE = 60_000;
const amy = StaffId.parse('amy');
const ben = StaffId.parse('ben');
const pat1 = PatientId.parse('pat-1');
const idNo = (n: number): BreakGlassId => BreakGlassId.parse(`bg-${n.toString(16).padStart(32, '0')}`);
const audit = auditEntry({ actor: 'amy', action: 'break-glass.use', object: 'break-glass', outcome: 'allowed' });

/** Promises of `BreakGlass`. Times are wall time. */
export function breakGlassContract(open: () => Promise<BreakGlassUnderTest>): void {
  let t: BreakGlassUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const grant = (more: Partial<NewGrant> = {}): NewGrant => ({
    grantId: idNo(1),
    staffId: amy,
    patientId: pat1,
    bedId: BedId.parse('icu-1'),
    careUnitId: CareUnitId.parse('icu'),
    reason: 'emergency',
    text: 'TESTMAN does not breathe',
    openedWallMs: t.nowMs(),
    endsWallMs: t.nowMs() + 60 * MINUTE,
    ...more,
  });
  const opened = async (more: Partial<NewGrant> = {}) => (await t.breakGlass.open(grant(more), audit)).grant;
  const review = (outcome: 'justified' | 'unjustified' | 'follow-up', atMs: number, grantId = idNo(1)) =>
    t.breakGlass.review({ grantId, by: ben, outcome, note: 'asked TESTMAN' }, audit, atMs);

  test('a grant is for its person and its patient, until it ends', async () => {
    expect(await opened()).toMatchObject({
      staffName: 'Amy Nurse',
      text: 'TESTMAN does not breathe',
      state: 'open',
      review: null,
    });
    const openFor = (staffId: StaffId, patientId: PatientId, laterMs = 0) =>
      t.breakGlass.openGrant(staffId, patientId, t.nowMs() + laterMs);
    expect(await openFor(amy, pat1)).toBe(idNo(1));
    expect(await openFor(ben, pat1)).toBeNull();
    expect(await openFor(amy, PatientId.parse('pat-2'))).toBeNull();
    expect(await openFor(amy, pat1, 60 * MINUTE - 1)).toBe(idNo(1));
    expect(await openFor(amy, pat1, 60 * MINUTE)).toBeNull();
    await t.breakGlass.end(idNo(1), audit, t.nowMs() + MINUTE);
    expect(await openFor(amy, pat1, MINUTE)).toBeNull();
    await t.breakGlass.end(idNo(1), audit, t.nowMs() + 2 * MINUTE);
    expect((await t.breakGlass.get(idNo(1), t.nowMs() + 3 * MINUTE))!.endsMs).toBe(t.nowMs() + MINUTE);
  });

  test('the same id again is the same grant, and no other', async () => {
    const first = await opened();
    expect(await opened({ reason: 'other', text: null })).toEqual(first);
    await expect(opened({ staffId: ben })).rejects.toMatchObject({ code: 'conflict' });
    await expect(opened({ grantId: idNo(2), patientId: PatientId.parse('nobody') })).rejects.toMatchObject({ code: 'not-found' });
    expect(await t.breakGlass.openOf(amy, t.nowMs())).toHaveLength(1);
  });

  test('unusually many by one person are loud, and none is refused', async () => {
    for (let n = 1; n <= 30; n++) expect((await opened({ grantId: idNo(n) })).loud).toBe(n > 5);
    expect((await opened({ grantId: idNo(99), staffId: ben })).loud).toBe(false);
  });

  test('the queue is paged, newest first, by state and by care unit', async () => {
    for (let n = 1; n <= 5; n++) {
      const careUnitId = CareUnitId.parse(n % 2 === 0 ? 'imc' : 'icu');
      await opened({ grantId: idNo(n), openedWallMs: t.nowMs() + n, endsWallMs: t.nowMs() + n * MINUTE, careUnitId });
    }
    const list = (more: object) => t.breakGlass.list({ careUnitIds: null, limit: 3, ...more }, t.nowMs() + 3 * MINUTE);
    const first = await list({});
    expect(first.items.map((g) => g.grantId)).toEqual([idNo(5), idNo(4), idNo(3)]);
    const rest = await list({ cursor: first.next! });
    expect([rest.items.map((g) => g.grantId), rest.next]).toEqual([[idNo(2), idNo(1)], null]);
    expect((await list({ state: 'open' })).items.map((g) => g.grantId)).toEqual([idNo(5), idNo(4)]);
    expect((await list({ state: 'ended' })).items.map((g) => g.grantId)).toEqual([idNo(3), idNo(2), idNo(1)]);
    expect((await list({ careUnitIds: [CareUnitId.parse('imc')] })).items.map((g) => g.grantId)).toEqual([idNo(4), idNo(2)]);
    expect((await list({ careUnitIds: [] })).items).toEqual([]);
  });

  test('a review comes after the end, once; a follow-up may be decided later', async () => {
    await opened();
    await expect(review('justified', t.nowMs() + MINUTE)).rejects.toMatchObject({ code: 'conflict' });
    await expect(review('justified', t.nowMs(), idNo(7))).rejects.toMatchObject({ code: 'not-found' });
    const endedMs = t.nowMs() + 60 * MINUTE;
    expect(await review('follow-up', endedMs)).toMatchObject({
      state: 'reviewed',
      review: { by: 'ben', byName: 'Ben Nurse', outcome: 'follow-up', note: 'asked TESTMAN', atMs: endedMs },
    });
    expect((await review('unjustified', endedMs + 1)).review).toMatchObject({ outcome: 'unjustified', atMs: endedMs + 1 });
    await expect(review('justified', endedMs + 2)).rejects.toMatchObject({ code: 'conflict' });
    expect((await t.breakGlass.list({ careUnitIds: null, state: 'reviewed', limit: 9 }, endedMs)).items).toHaveLength(1);
  });

  test('what nobody has reviewed in time is overdue', async () => {
    await opened();
    await opened({ grantId: idNo(2), openedWallMs: t.nowMs() + MINUTE });
    const dueMs = t.nowMs() + REVIEW_WITHIN_MS;
    expect(await t.breakGlass.counts(t.nowMs())).toEqual({ open: 2, unreviewed: 2, overdue: 0 });
    expect(await t.breakGlass.counts(dueMs)).toEqual({ open: 0, unreviewed: 2, overdue: 1 });
    expect((await t.breakGlass.get(idNo(1), dueMs))!.overdue).toBe(true);
    await review('justified', dueMs);
    expect(await t.breakGlass.counts(dueMs)).toEqual({ open: 0, unreviewed: 1, overdue: 0 });
  });

  test('each grant has one notice, which is due until it has left', async () => {
    await opened();
    await opened();
    const due = (laterMs: number) => t.breakGlass.dueNotices(t.nowMs() + laterMs, 10);
    const [notice] = await due(0);
    expect(notice).toMatchObject({ attempts: 0, grant: { grantId: idNo(1), text: null } });
    await t.breakGlass.noticed(notice!.noticeId, 'failed', t.nowMs() + MINUTE);
    expect(await due(MINUTE - 1)).toEqual([]);
    expect(await due(MINUTE)).toMatchObject([{ attempts: 1 }]);
    await t.breakGlass.noticed(notice!.noticeId, 'sent', null);
    expect(await due(60 * MINUTE)).toEqual([]);
  });

  test('opening, ending and reviewing leave one row each', async () => {
    const rows = async () => (await t.auditTrail.list({ limit: 50 })).items.length;
    const before = await rows();
    await opened();
    await t.breakGlass.end(idNo(1), audit, t.nowMs() + MINUTE);
    await review('justified', t.nowMs() + 2 * MINUTE);
    expect((await rows()) - before).toBe(3);
  });
}
