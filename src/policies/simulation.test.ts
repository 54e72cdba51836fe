import { type CareUnitId, PolicyContent, type StaffId } from '@vigil/contracts';
import { FakeClock } from '@vigil/clock';
import type { RecordedAlarm } from '@vigil/domain';
import type { EscalationPolicies } from '../ports/escalation-policies.js';
import { Simulation } from './simulation.js';

const content = PolicyContent.parse({
  v: 1,
  name: 'test',
  routes: [{ priorities: ['high'], steps: [{ tell: [{ kind: 'role', role: 'primary' }], waitS: 30 }] }],
});
const clock = new FakeClock();
const onset = { cause: 'onset', priority: 'high', active: true, isShelved: false, bedId: 'icu-1', careUnitIds: ['icu'] } as const;
const alarm = (n: number): RecordedAlarm => ({
  ...{ kind: 'physiological', conditionCode: 'heartRate.high', answers: [], pages: 0 },
  changes: [
    { ...onset, atWallMs: clock.wallMs() - 600_000 + n },
    { ...onset, cause: 'end', active: false, atWallMs: clock.wallMs() - 500_000 + n },
  ],
});
const duty = { staffId: 'amy' as StaffId, role: 'primary', careUnitId: 'icu', bedId: 'icu-1', fromMs: 0, toMs: null };

/** What a simulation asks the store; the rest of the port is not asked. */
function storeOf(count: number): EscalationPolicies {
  const recorded = {
    alarms: Array.from({ length: count }, (_, n) => alarm(n)),
    duties: [duty],
    shifts: {},
    staffIds: ['amy'],
    isCut: false,
  };
  return {
    site: () => Promise.resolve({ careUnitIds: ['icu' as CareUnitId], staffIds: [], schedules: {}, roles: {} }),
    recorded: () => Promise.resolve(recorded),
    inForce: () => Promise.resolve({ hash: '', content, source: 'site.yaml' as const }),
  } as unknown as EscalationPolicies;
}

test('one simulation runs at a time, and the next one when it is done', async () => {
  const simulation = new Simulation({ store: storeOf(1), clock, monotonicMs: () => 0 });
  const ask = () => simulation.run({ content, careUnitIds: [], days: 7 });
  const first = ask();
  await expect(ask()).rejects.toMatchObject({ code: 'conflict', retryable: true });
  expect((await first).wouldHave.pages).toBe(1);
  expect((await ask()).wouldHave.pages).toBe(1);
});

test('it lets others work in between: never more than 20 ms and one alarm at a time', async () => {
  let nowMs = 0;
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const simulation = new Simulation({ store: storeOf(100), clock, monotonicMs: () => (nowMs += 5) });
  expect((await simulation.run({ content, careUnitIds: [], days: 7 })).wouldHave.pages).toBe(100);
  isOver = true;
  // Each alarm takes 5 ms of this clock, so that others have their turn after every fourth.
  expect(turns).toBeGreaterThanOrEqual(20);
});
