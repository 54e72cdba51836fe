import type { AlarmTransition, LogEvent } from '@vigil/contracts';
import { admit, assign, bedLog, command, discharge, message, run, summary, tick } from './test-kit.js';

/** A message of second `atS` whose device's clock is `behindS` behind the gateway's. */
function behind(
  behindS: number,
  atS: number,
  ...rest: [Parameters<typeof message>[1], Parameters<typeof message>[2]?]
): LogEvent {
  const event = message(atS - behindS, ...rest);
  return { ...event, gatewayAtMs: event.atMs + behindS * 1_000 } as LogEvent;
}

const coverageLost = (atS: number, causeId: string): LogEvent =>
  ({ ...admit(atS), kind: 'coverageLost', id: causeId, causeId }) as unknown as LogEvent;

const gateway = (kind: 'gatewayLost' | 'gatewayRestored', atS: number, lostId: string): LogEvent =>
  ({ ...admit(atS), kind, key: 'gateway:gw-1', id: lostId, lostId, gatewayId: 'gw-1', bedIds: ['icu-1'] }) as unknown as LogEvent;

const seconds = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const namesOf = (transitions: readonly AlarmTransition[]): string[] => transitions.map((t) => `${t.alarmId}/${t.rev}`);

describe('an alarm id names one alarm for ever', () => {
  test('a condition that comes back at the same instant is another alarm, or a redelivered batch would stop the partition', () => {
    const stray = message(1, { heartRate: 80 }, { deviceId: 'stray', seq: 1 });
    const { transitions } = run([...bedLog(), stray, message(15, { heartRate: 80 }), stray, message(30, { heartRate: 80 })]);
    expect(transitions.map((t) => t.cause)).toEqual(['onset', 'end', 'onset', 'end']);
    expect(new Set(namesOf(transitions)).size).toBe(4);
  });
});

describe('a bed whose data count for nothing is said to be without data', () => {
  test('a clock 20 s behind, which the gateway takes as it is, delays no alarm when a tick comes in between', () => {
    const log = seconds(1, 60).map((s) => (s % 2 === 0 ? behind(20, s, { spo2: 70 }) : tick(s)));
    const { transitions, counts } = run([...bedLog(), ...log].map((e) => (e.kind === 'admit' ? { ...e, atMs: 1 as never } : e)));
    expect(counts.late).toBe(0);
    expect(summary(transitions)).toEqual(['spo2.low onset high on @-2']);
  });

  test('nor does it where another device has moved the time of the bed on', () => {
    const log = seconds(60, 120).flatMap((s) => [
      message(s, { heartRate: 80 }),
      ...(s < 90 ? [] : [behind(20, s, { spo2: 70 }, { deviceId: 'oxi-2' })]),
    ]);
    const { transitions } = run([...bedLog(), assign('oxi-2'), ...log]);
    expect(summary(transitions)).toEqual(['spo2.low onset high on @85']);
  });

  test('a clock that was set back by minutes silences the bed for ten seconds at most', () => {
    const log = [
      ...seconds(100, 200).map((s) => message(s, { heartRate: 80 })),
      ...seconds(200, 220).map((s) => behind(90, s, { heartRate: 80 })),
      message(220, { heartRate: 80 }),
    ];
    const { transitions } = run([...bedLog(), ...log]);
    expect(summary(transitions)).toEqual(['noData onset high on @210', 'noData end high off @220']);
  });

  test('an admission by a platform whose clock is ahead does not put silence off', () => {
    const log = [...seconds(1, 10).map((s) => tick(s)), admit(7_200), ...seconds(10, 25).map((s) => tick(s))];
    const { transitions } = run([...bedLog().slice(0, 2), ...log]);
    expect(summary(transitions)).toEqual(['noData onset high on @20']);
  });
});

test('what was measured before an admission raises no alarm for the patient who was admitted', () => {
  const values = seconds(100, 120).map((s) => message(s, { spo2: 70 }));
  const { transitions, counts } = run([...bedLog(), discharge(90), { ...admit(130), encounterId: 'e2' } as LogEvent, ...values]);
  expect(transitions.filter((t) => t.conditionCode !== 'noData')).toEqual([]);
  expect(counts.late).toBe(values.length);
});

describe('a cause that is over suppresses nothing', () => {
  test('data that arrive end the mark that none can, also when nobody lifts it', () => {
    const log = [
      ...seconds(1, 10).map((s) => message(s, { heartRate: 80 })),
      coverageLost(10, 'c1'),
      ...seconds(10, 20).map((s) => tick(s)),
      message(20, { heartRate: 80 }),
      ...seconds(21, 40).map((s) => tick(s)),
    ];
    expect(summary(run([...bedLog(), ...log]).transitions)).toEqual(['noData onset high on @31']);
  });

  test('a gateway that is lost anew, under another id, is restored under that id', () => {
    const { transitions } = run([
      gateway('gatewayLost', 10, 'lost-1'),
      gateway('gatewayLost', 500, 'lost-2'),
      gateway('gatewayRestored', 600, 'lost-2'),
    ]);
    expect(summary(transitions)).toEqual([
      'gatewayLost onset high on @10',
      'gatewayLost closed high off @500',
      'gatewayLost onset high on @500',
      'gatewayLost end high off @600',
    ]);
  });
});

test('two devices that disagree about a fault do not raise and end it in turn', () => {
  const log = seconds(1, 30).flatMap((s) => [
    { ...message(s, { spo2: 97 }, { deviceId: 'oxi-2' }), clockSuspect: true } as LogEvent,
    message(s, { heartRate: 80 }, { deviceId: 'stray' }),
    message(s, { heartRate: 80 }),
  ]);
  const well = seconds(30, 50).map((s) => message(s, { heartRate: 80 }));
  expect(summary(run([...bedLog(), assign('oxi-2'), ...log, ...well]).transitions)).toEqual([
    'clockSuspect onset low on @1',
    'deviceMismatch onset medium on @1',
    'deviceMismatch end medium off @40',
    'clockSuspect end low off @40',
    'spo2.noData onset low on @40',
  ]);
});

test('an acknowledgement given before the alarm rose, or delivered again after it, does not silence what nobody has seen', () => {
  const medium = [...bedLog(), ...[0, 5, 10, 15].map((s) => message(s, { spo2: 85 }))];
  const { alarmId } = run(medium).transitions[0]!;
  const seen = { ...command(alarmId, 16), alarmRev: 1 } as LogEvent;
  const worse = [20, 25, 30, 35].map((s) => message(s, { spo2: 70 }));
  const late = run([...medium, ...worse, seen]);
  expect(summary(late.transitions).at(-1)).toBe('spo2.low raised high on @35');
  const twice = run([...medium, seen, ...worse, seen]);
  expect(summary(twice.transitions).slice(1)).toEqual(['spo2.low acknowledged medium ack @16', 'spo2.low raised high on @35']);
  const anew = run([...medium, ...worse, { ...command(alarmId, 36), alarmRev: 2 } as LogEvent]);
  expect(summary(anew.transitions).at(-1)).toBe('spo2.low acknowledged high ack @36');
});

describe('nothing that nobody looks at stays unsaid', () => {
  test('a sensor that sends only artefacts is missing data after ten seconds, for no rule may use what it sends', () => {
    const bad = seconds(1, 14).map((s) => message(s, { spo2: 97 }, { quality: 'artefact' }));
    expect(summary(run([...bedLog(), message(0, { spo2: 97 }), ...bad]).transitions)).toEqual(['spo2.noData onset low on @11']);
  });

  describe('a second alarm that nobody accepts', () => {
    const raised = [...bedLog(), ...[0, 5, 10].map((s) => message(s, { heartRate: 150, spo2: 97 }))];
    const two = [...raised, ...[15, 20, 25, 30].map((s) => message(s, { heartRate: 150, spo2: 79 }))];
    const ids = run(two)
      .transitions.filter((t) => t.cause === 'onset')
      .map((t) => t.alarmId);
    const exhausted = (alarmId: string, atS: number): LogEvent =>
      ({ ...command(alarmId, atS), kind: 'escalationExhausted', id: `x/${atS}`, priority: 'high' }) as unknown as LogEvent;
    const first = [...two, exhausted(ids[0]!, 40)];
    const reportId = run(first).transitions.at(-1)!.alarmId;
    const reports = (...events: LogEvent[]): string[] =>
      summary(run([...first, ...events]).transitions).filter((t) => t.startsWith('notAccepted'));
    const anew = ['notAccepted closed high off @50', 'notAccepted onset high on @50'];

    test('pages anew where somebody has accepted the first report', () => {
      const accept = { ...command(reportId, 45), command: 'accept' } as LogEvent;
      expect(reports(accept, exhausted(ids[1]!, 50))).toEqual(['notAccepted onset high on @40', ...anew]);
    });

    test('sounds anew where somebody has seen the first report', () => {
      expect(reports(command(reportId, 45), exhausted(ids[1]!, 50)).slice(-2)).toEqual(anew);
    });

    test('puts off nothing while people are still being told of the first: rapid response was never reached for the patient who got worse', () => {
      expect(reports(exhausted(ids[1]!, 50))).toEqual(['notAccepted onset high on @40']);
    });

    test('pages anew where all have been told of the first report: nobody would hear of the second', () => {
      expect(reports(exhausted(reportId, 45), exhausted(ids[1]!, 50))).toEqual(['notAccepted onset high on @40', ...anew]);
    });

    test('is told anew once the first report has gone to everybody, where it ran out during its last wait', () => {
      const events = [exhausted(ids[1]!, 45), exhausted(reportId, 50)];
      expect(reports(...events)).toEqual(['notAccepted onset high on @40', ...anew]);
      const second = run([...first, ...events]).transitions.at(-1)!.alarmId;
      expect(reports(...events, exhausted(second, 60)).slice(-1)).toEqual(anew.slice(-1));
    });

    test('is not told anew where somebody has accepted the first report meanwhile', () => {
      const accept = { ...command(reportId, 47), command: 'accept' } as LogEvent;
      expect(reports(exhausted(ids[1]!, 45), accept, exhausted(reportId, 50))).toEqual(['notAccepted onset high on @40']);
    });

    test('keeps the report alive when the first one is accepted, until it is accepted too', () => {
      const accept = (alarmId: string, atS: number): LogEvent => ({ ...command(alarmId, atS), command: 'accept' }) as LogEvent;
      const both = [exhausted(ids[1]!, 50), accept(ids[0]!, 55)];
      expect(reports(...both)).toHaveLength(1);
      expect(reports(...both, accept(ids[1]!, 60)).at(-1)).toBe('notAccepted end high off @60');
    });
  });

  test('an alarm that nobody accepts once more (it is more urgent, or in another care unit) pages anew; a copy of the word does not', () => {
    const raised = [...bedLog(), ...[0, 5, 10].map((s) => message(s, { heartRate: 150 }))];
    const { alarmId } = run(raised).transitions[0]!;
    const exhausted = (atS: number): LogEvent =>
      ({ ...command(alarmId, atS), kind: 'escalationExhausted', id: `x/${atS}`, priority: 'high' }) as unknown as LogEvent;
    const { transitions } = run([...raised, exhausted(40), exhausted(40), exhausted(90), exhausted(40), exhausted(90)]);
    expect(summary(transitions).filter((t) => t.startsWith('notAccepted'))).toEqual([
      'notAccepted onset high on @40',
      'notAccepted closed high off @90',
      'notAccepted onset high on @90',
    ]);
  });
});
