import { randomUUID } from 'node:crypto';
import { type CommandId, RuleSet, StaffId } from '@vigil/contracts';
import type { AlarmBatch, TransitionHop } from '../../src/ports/alarm-state.js';
import { RECORD_STEPS_MAX } from '../../src/ports/alarm-records.js';
import { TransitionsFile } from '../../src/adapters/sql/transitions-file.js';
import { alarmIdNo, batch, ending, transition } from './alarm-fixtures.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { openTestStores, site, type TestStores } from './sql-fixture.js';

const hop = (rev: number, more: Partial<TransitionHop> = {}): TransitionHop => ({
  ...{ alarmId: alarmIdNo(1), rev, offset: '77', sequence: 70 + rev },
  ...{ hubWallMs: 1_000, readWallMs: 1_010, steppedWallMs: 1_011, ...more },
});
const trigger = { deviceId: 'mon-1', gatewayId: 'gw-1', bootId: 'b', seq: 5, deviceAtMs: 900, gatewayAtMs: 950 };

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());
const commit = (made: AlarmBatch): Promise<unknown> => t.alarmState.commit(made);
const record = () => t.alarmRecords.record(alarmIdNo(1), 60_000);

describe('the record of an alarm', () => {
  test('is none for an alarm that is not there', async () => {
    expect(await record()).toBeNull();
  });

  test('holds every step with the way that it came, and who is who', async () => {
    await commit(batch([transition({ trigger })], { hops: [hop(1)] }));
    const acknowledged = { rev: 2, cause: 'acknowledged', presence: 'ack', atMs: 5_000, by: StaffId.parse('amy') };
    await commit(batch([transition(acknowledged)], { hops: [hop(2)] }));
    const { steps, stepsCut, names, escalation } = (await record())!;
    expect(steps.map(({ transition: { cause, by }, hop: way }) => [cause, by, way?.sequence])).toEqual([
      ['onset', null, 71],
      ['acknowledged', 'amy', 72],
    ]);
    expect(steps[0]!.hop).toMatchObject({ partition: 0, hubWallMs: 1_000, readWallMs: 1_010, steppedWallMs: 1_011 });
    expect(steps[0]!.hop!.storedWallMs).toBeGreaterThan(0);
    expect([stepsCut, names.get('amy'), escalation?.state]).toEqual([false, 'Amy Nurse', 'running']);
  });

  test('keeps the first way of a transition, whatever a replay after a crash says', async () => {
    await commit(batch([transition()], { hops: [hop(1)] }));
    await commit(batch([transition()], { hops: [hop(1, { readWallMs: 9_999, sequence: 5 })] }));
    expect((await record())!.steps[0]!.hop).toMatchObject({ readWallMs: 1_010, sequence: 71 });
  });

  test('a transition that was stored without its trigger is the same one after the upgrade', async () => {
    await commit(batch([transition()]));
    await commit(batch([transition({ trigger })], { hops: [hop(1)] }));
    const [step] = (await record())!.steps;
    expect([step!.transition.trigger, step!.hop]).toEqual([undefined, null]);
    await expect(commit(batch([transition({ trigger, atMs: 1_001 })]))).rejects.toThrow('same content');
  });

  test('names who stood behind the rules then, also when others have put them into force again since', async () => {
    const first = (await t.ruleSets.active())!.hash;
    const by = (staffId: string) => ({
      commandId: randomUUID() as CommandId,
      by: staffId as StaffId,
      audit: auditEntry({ actor: staffId, action: 'test', object: 'test', outcome: 'allowed' }),
      nowMs: t.clock.nowMs(),
      wallMs: t.clock.wallMs(),
    });
    const bring = async (hash: string, rev: number, [proposer, approver]: [string, string]): Promise<void> => {
      const comparedWith = (await t.ruleSets.active())!.hash;
      await t.ruleSetVersions.move({ ...by(proposer), hash, action: 'propose', ifRev: rev, reason: 'x' });
      await t.ruleSetVersions.move({ ...by(approver), hash, action: 'approve', ifRev: rev + 1, reason: '', comparedWith });
      await t.ruleSetVersions.move({ ...by(proposer), hash, action: 'schedule', ifRev: rev + 2, reason: '' });
      await t.ruleSetVersions.activateDue({ nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs(), rate: 1 });
    };
    const raise = async (n: number, ruleSetHash: string) => {
      const alarmId = alarmIdNo(n);
      await commit(batch([transition({ alarmId, ruleSetHash })], { hops: [hop(1, { alarmId })] }));
      return async () => {
        const { proposedBy, approvedBy } = (await t.alarmRecords.record(alarmId, 60_000))!;
        return [proposedBy, approvedBy];
      };
    };
    const ofInstallation = await raise(1, first);
    await t.clock.advance(1_000);
    const { hash: next } = (await t.ruleSetVersions.create(RuleSet.parse({ ...site.ruleSet, name: 'next' }), by('amy'))).value;
    await bring(next, 1, ['amy', 'carol']);
    await t.clock.advance(1_000);
    const ofTwo = await raise(2, next);
    await t.clock.advance(1_000);
    await bring(first, 2, ['ben', 'dan']);
    await t.clock.advance(1_000);
    const ofBack = await raise(3, first);
    expect(await Promise.all([ofInstallation(), ofTwo(), ofBack()])).toEqual([
      ['installation', 'installation'],
      ['amy', 'carol'],
      ['ben', 'dan'],
    ]);
  });

  test('of very many steps is cut in the middle, and says so', async () => {
    const many = Array.from({ length: RECORD_STEPS_MAX + 20 }, (_, i) => transition({ rev: i + 1, atMs: 1_000 + i }));
    await commit(batch(many.slice(0, RECORD_STEPS_MAX)));
    expect((await record())!.stepsCut).toBe(false);
    await commit(batch(many.slice(RECORD_STEPS_MAX)));
    const { steps, stepsCut } = (await record())!;
    expect([steps.length, stepsCut, steps[0]!.transition.rev, steps.at(-1)!.transition.rev]).toEqual([
      ...[RECORD_STEPS_MAX, true],
      ...[1, RECORD_STEPS_MAX + 20],
    ]);
  });

  test('names what else stood at the bed around the onset, and nothing of later or of another bed', async () => {
    const other = (n: number, more: object) =>
      transition({ alarmId: alarmIdNo(n), conditionCode: 'spo2.leadsOff', kind: 'technical', metric: 'spo2', ...more });
    await commit(
      batch([
        transition({ onsetMs: 100_000, atMs: 100_000 }),
        other(2, { onsetMs: 90_000, atMs: 90_000 }),
        other(3, { onsetMs: 1_000, atMs: 1_000 }),
        ending({ ...other(3, { onsetMs: 1_000 }), rev: 2, atMs: 2_000, active: false, presence: 'off', cause: 'end' }),
        other(4, { onsetMs: 100_001, atMs: 100_001 }),
        other(5, { onsetMs: 90_000, atMs: 90_000, bedId: 'icu-2' }),
      ]),
    );
    const { others } = (await record())!;
    expect(others).toEqual([
      { conditionCode: 'spo2.leadsOff', ruleId: 'hr-high', kind: 'technical', onsetMs: 90_000, endedMs: null },
    ]);
  });
});

describe('the stored transitions as a file', () => {
  test('are read beside a running store: each with its place, none that came later, and how far the engine is', async () => {
    await commit(batch([transition()], { hops: [hop(1)] }));
    await commit(batch([ending()], { replayFrom: { offset: '90', sequence: 90 } }));
    const file = new TransitionsFile(t.file);
    await commit(batch([transition({ alarmId: alarmIdNo(2) })]));
    const all: unknown[] = [];
    for await (const { transition: each, place } of file.all()) all.push([each.rev, place?.sequence ?? null]);
    expect(all).toEqual([
      [1, 71],
      [2, null],
    ]);
    expect([await file.storedThrough(0), await file.storedThrough(3)]).toEqual([90, -1]);
    const found = await file.find([`${alarmIdNo(1)}/2`, `${alarmIdNo(9)}/1`]);
    expect([...found].map(([name, { cause }]) => [name, cause])).toEqual([[`${alarmIdNo(1)}/2`, 'end']]);
    file.close();
  });
});
