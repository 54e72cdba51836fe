import { randomUUID } from 'node:crypto';
import {
  type CareUnitId,
  type CommandId,
  PolicyContent,
  type PolicySimulation,
  type PolicyVersion,
  StaffId,
} from '@vigil/contracts';
import { contentHash, pagingPolicyOf, simulatePolicy } from '@vigil/domain';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { EscalationPolicies, PolicyMove } from '../../src/ports/escalation-policies.js';

export interface PoliciesUnderTest {
  readonly policies: EscalationPolicies;
  readonly auditTrail: AuditTrail;
  wallMs(): number;
  end(): Promise<void>;
}

const DAY_MS = 86_400_000;
export const policyNamed = (name: string): PolicyContent =>
  PolicyContent.parse({
    v: 1,
    name,
    routes: [{ priorities: ['high', 'medium'], steps: [{ tell: [{ kind: 'role', role: 'charge' }], waitS: 45 }] }],
  });
const icu = 'icu' as CareUnitId;
const imc = 'imc' as CareUnitId;

/** Promises of `EscalationPolicies`. The site has care units icu and imc; amy nurses icu-1, carol is in charge of icu. */
export function policiesContract(open: () => Promise<PoliciesUnderTest>): void {
  let t: PoliciesUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const command = (by: string, commandId = randomUUID(), laterMs = 0) => ({
    ...{ commandId: commandId as CommandId, by: StaffId.parse(by), nowMs: t.wallMs() + laterMs, wallMs: t.wallMs() + laterMs },
    audit: auditEntry({ actor: by, action: 'policy.test', object: 'policies', outcome: 'allowed' }),
  });
  const create = async (name: string, careUnitIds: CareUnitId[] = [], by = 'amy'): Promise<PolicyVersion> =>
    (await t.policies.create({ content: policyNamed(name), careUnitIds }, command(by))).value;
  const move = async (
    hash: string,
    action: PolicyMove['action'],
    by: string,
    more: Partial<PolicyMove> = {},
  ): Promise<PolicyVersion> => {
    const found = (await t.policies.get(hash))!;
    const common = { hash, action, ifRev: found.version.rev, reason: `to ${action}`, ...command(by) };
    const compared = action === 'approve' ? { comparedWith: found.replaces } : {};
    return (await t.policies.move({ ...common, ...compared, ...more })).value;
  };
  const simulated = ({ hash, content, careUnitIds }: PolicyVersion, atWallMs = t.wallMs()): PolicySimulation => {
    const recorded = { alarms: [], duties: [], shifts: {}, staffIds: [], isCut: false };
    const policy = pagingPolicyOf(content);
    const run = simulatePolicy({
      ...{ policy, careUnitIds, named: careUnitIds, inForce: () => policy, recorded },
      ...{ fromWallMs: atWallMs - DAY_MS, toWallMs: atWallMs },
    });
    const { value } = run.next();
    expect(value).toMatchObject({ hash });
    return value as PolicySimulation;
  };
  const proposed = async (name: string, careUnitIds: CareUnitId[] = []): Promise<string> => {
    const draft = await create(name, careUnitIds);
    await t.policies.keepSimulation(draft.hash, simulated(draft));
    await move(draft.hash, 'propose', 'amy');
    return draft.hash;
  };
  const activated = async (name: string, careUnitIds: CareUnitId[] = []): Promise<string> => {
    const hash = await proposed(name, careUnitIds);
    await move(hash, 'approve', 'carol');
    await move(hash, 'activate', 'amy');
    return hash;
  };
  const stateOf = async (hash: string) => (await t.policies.get(hash))!.version.state;

  test('until somebody else has approved one, the policy of site.yaml is in force everywhere', async () => {
    const before = await t.policies.inForce(icu);
    expect(before).toMatchObject({ source: 'site.yaml', content: { name: 'site.yaml' } });
    expect(contentHash(before.content)).toBe(before.hash);
    const hash = await proposed('night');
    expect((await t.policies.inForce(icu)).hash).toBe(before.hash);
    await expect(move(hash, 'approve', 'amy')).rejects.toMatchObject({ code: 'second-person-required' });
    await expect(move(hash, 'activate', 'carol')).rejects.toMatchObject({ code: 'conflict' });
    await move(hash, 'approve', 'carol');
    expect((await t.policies.inForce(icu)).hash).toBe(before.hash);
    await move(hash, 'activate', 'carol');
    for (const unit of [icu, imc, null]) expect(await t.policies.inForce(unit)).toMatchObject({ hash, source: 'approved' });
  });

  test('a care unit has its own, and keeps it when the site has another one; what is in force nowhere is superseded', async () => {
    const own = await activated('of icu', [icu]);
    const site = await activated('of the site');
    expect((await t.policies.inForce(icu)).hash).toBe(own);
    expect((await t.policies.inForce(imc)).hash).toBe(site);
    expect((await t.policies.get(own))!.inForceIn).toMatchObject([{ careUnitId: icu }]);
    const both = await activated('of both', [imc, icu]);
    expect(await stateOf(own)).toBe('superseded');
    expect(await stateOf(site)).toBe('active');
    expect((await t.policies.inForce(icu)).hash).toBe(both);
  });

  test('going back is proposing and approving anew', async () => {
    const first = await activated('first');
    await activated('second');
    expect(await stateOf(first)).toBe('superseded');
    await expect(move(first, 'activate', 'carol')).rejects.toMatchObject({ code: 'conflict' });
    await move(first, 'propose', 'carol');
    await move(first, 'approve', 'amy');
    await move(first, 'activate', 'amy');
    expect((await t.policies.inForce(null)).hash).toBe(first);
  });

  test('a proposal needs a simulation of the last 24 hours for the same care units', async () => {
    const draft = await create('night', [icu]);
    const propose = (laterMs = 0) => move(draft.hash, 'propose', 'amy', command('amy', randomUUID(), laterMs));
    await expect(propose()).rejects.toMatchObject({ code: 'simulation-required' });
    await t.policies.keepSimulation(draft.hash, simulated(draft));
    await expect(propose(DAY_MS + 1)).rejects.toMatchObject({ code: 'simulation-required' });
    await create('night', [icu, imc]);
    await expect(propose()).rejects.toMatchObject({ code: 'simulation-required' });
    const moved = (await t.policies.get(draft.hash))!.version;
    expect(moved).toMatchObject({ careUnitIds: [icu, imc], state: 'draft' });
    await t.policies.keepSimulation(draft.hash, simulated(moved));
    expect((await propose(DAY_MS)).state).toBe('proposed');
    expect((await t.policies.get(draft.hash))!.simulation).toMatchObject({ alarms: 0, careUnitIds: [icu, imc] });
  });

  test('who approves saw what it takes the place of; a later change makes the approval stale, and so do 14 days', async () => {
    const hash = await proposed('slow');
    const seen = (await t.policies.get(hash))!.replaces;
    await activated('quick');
    await expect(move(hash, 'approve', 'carol', { comparedWith: seen })).rejects.toMatchObject({ code: 'revision-moved' });
    await move(hash, 'approve', 'carol');
    const late = command('carol', randomUUID(), 15 * DAY_MS);
    await expect(move(hash, 'activate', 'carol', late)).rejects.toMatchObject({ code: 'approval-stale' });
    await activated('quicker');
    await expect(move(hash, 'activate', 'carol')).rejects.toMatchObject({ code: 'approval-stale' });
    await move(hash, 'withdraw', 'amy');
    expect((await t.policies.get(hash))!.version).toMatchObject({ state: 'draft', proposedBy: null, approvedBy: null });
  });

  test('a command counts once, and one for what has changed since is refused', async () => {
    const draft = await create('night');
    await t.policies.keepSimulation(draft.hash, simulated(draft));
    const key = randomUUID();
    const once = { hash: draft.hash, action: 'propose', ifRev: 1, reason: 'why', ...command('amy', key) } as const;
    expect(await t.policies.move(once)).toMatchObject({ repeated: false, value: { state: 'proposed', rev: 2 } });
    expect(await t.policies.move(once)).toMatchObject({ repeated: true, value: { rev: 2 } });
    await expect(t.policies.move({ ...once, reason: 'other' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(move(draft.hash, 'reject', 'carol', { ifRev: 1 })).rejects.toMatchObject({ code: 'revision-moved' });
    await move(draft.hash, 'reject', 'carol');
    expect((await t.policies.get(draft.hash))!.history).toMatchObject([
      { rev: 1, action: 'create', by: 'amy', reason: '' },
      { rev: 2, action: 'propose', by: 'amy', reason: 'why' },
      { rev: 3, action: 'reject', by: 'carol', reason: 'to reject' },
    ]);
  });

  test('the same content is one policy; one that is proposed can not be moved to other care units', async () => {
    const first = await create('night');
    expect((await create('night', [], 'carol')).hash).toBe(first.hash);
    expect(await t.policies.list()).toHaveLength(1);
    await t.policies.keepSimulation(first.hash, simulated(first));
    await move(first.hash, 'propose', 'amy');
    await expect(create('night', [icu])).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a care unit or a policy that is not there is said', async () => {
    await expect(create('night', ['gone' as CareUnitId])).rejects.toMatchObject({ code: 'not-found' });
    expect(await t.policies.get('f'.repeat(64))).toBeNull();
    const nothing = { hash: 'f'.repeat(64), action: 'propose', ifRev: 1, reason: 'x', ...command('amy') } as const;
    await expect(t.policies.move(nothing)).rejects.toMatchObject({ code: 'not-found' });
    expect((await t.policies.site(['gone' as CareUnitId], t.wallMs())).careUnitIds).toEqual([]);
  });

  test('each move leaves an audit row in the same commit', async () => {
    await activated('night');
    const rows = (await t.auditTrail.list({ limit: 4 })).items;
    expect(rows.map(({ actor }) => actor)).toEqual(['amy', 'carol', 'amy', 'amy']);
  });

  test('the site says who is there to be told', async () => {
    expect(await t.policies.site([], t.wallMs())).toMatchObject({
      careUnitIds: [icu, imc],
      staffIds: ['amy', 'ben', 'carol', 'dan'],
      roles: { icu: { primary: ['amy', 'ben'], charge: ['carol'] }, imc: {} },
    });
    await activated('of imc', [imc]);
    expect((await t.policies.site([], t.wallMs())).careUnitIds).toEqual([icu]);
  });
}
