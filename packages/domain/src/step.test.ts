import fc from 'fast-check';
import type { LogEvent } from '@vigil/contracts';
import { emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { activation, admit, assign, bedLog, command, discharge, message, run, summary, tick } from './test-kit.js';

const NEVER = 30 * 24 * 3_600_000;

describe('limits', () => {
  test('a value beyond the limit for the on-delay raises once, at the reading that met it', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(5, { heartRate: 151 }),
      message(10, { heartRate: 152 }),
      message(11, { heartRate: 153 }),
    ]);
    expect(summary(transitions)).toEqual(['heartRate.high onset medium on @10']);
    expect(transitions[0]!.evidence).toMatchObject({ value: 152, limit: 120, side: 'high', unit: '/min' });
  });

  test('one artefact within the delay raises nothing', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(1, { heartRate: 80 }),
      message(12, { heartRate: 150 }),
      message(13, { heartRate: 80 }),
    ]);
    expect(transitions).toEqual([]);
  });

  test('the limit itself is inside, and the alarm ends only behind the hysteresis, for the off-delay', () => {
    const beats = [150, 150, 150, 120, 118, 117, 115, 115, 115, 115];
    const { transitions } = run([...bedLog(), ...beats.map((heartRate, i) => message(i * 5, { heartRate }))]);
    expect(summary(transitions)).toEqual(['heartRate.high onset medium on @10', 'heartRate.high end medium off @35']);
  });

  test('a second, worse limit raises the priority of the same alarm', () => {
    const values = [88, 88, 88, 88, 79, 79, 79, 79];
    const { transitions } = run([...bedLog(), ...values.map((spo2, i) => message(i * 5, { spo2 }))]);
    expect(summary(transitions)).toEqual(['spo2.low onset medium on @15', 'spo2.low raised high on @35']);
    expect(new Set(transitions.map((t) => t.alarmId)).size).toBe(1);
  });

  test('a pause starts the on-delay anew: nobody knows what happened meanwhile', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(11, { heartRate: 150 }),
      message(12, { heartRate: 150 }),
    ]);
    expect(transitions).toEqual([]);
  });

  test('a high physiological alarm latches, and a new episode is a new alarm', () => {
    const low = [79, 79, 79, 79];
    const events = [
      ...low.map((spo2, i) => message(i * 5, { spo2 })),
      ...[97, 97, 97, 97].map((spo2, i) => message(20 + i * 5, { spo2 })),
      ...low.map((spo2, i) => message(60 + i * 5, { spo2 })),
    ];
    const { transitions } = run([...bedLog(), ...events]);
    expect(summary(transitions)).toEqual([
      'spo2.low onset high on @15',
      'spo2.low end high latched @35',
      'spo2.low closed high off @75',
      'spo2.low onset high on @75',
    ]);
    expect(new Set(transitions.map((t) => t.alarmId)).size).toBe(2);
  });

  test("a patient's own limits hold for the stay and fall back at their end", () => {
    const set: LogEvent = {
      ...command('x', 0),
      kind: 'limitsSet',
      id: 'l1',
      bedId: 'icu-1',
      encounterId: 'e1',
      metric: 'heartRate',
      low: null,
      high: 160,
      reason: 'known AF',
      by: 'amy',
      toMs: 1_000_000_000_220_000,
    } as unknown as LogEvent;
    const at = (s: number, heartRate: number): LogEvent => message(s, { heartRate });
    const { transitions } = run([
      ...bedLog(),
      set,
      at(0, 150),
      at(5, 150),
      at(10, 150),
      at(15, 150),
      at(20, 150),
      at(25, 150),
      at(30, 150),
    ]);
    expect(summary(transitions)).toEqual(['heartRate.high onset medium on @30']);
  });

  test('readings that are not usable decide nothing', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(10, { heartRate: 150 }, { quality: 'artefact' }),
    ]);
    expect(transitions).toEqual([]);
  });
});

describe('the mean over a tumbling window', () => {
  const oneHertz = (fromS: number, toS: number, heartRate: number): LogEvent[] =>
    Array.from({ length: toS - fromS }, (_, i) => message(fromS + i, { heartRate }));

  test('is decided early, as soon as half of the expected samples are there', () => {
    const { transitions } = run([...bedLog(), ...oneHertz(0, 200, 110)]);
    expect(summary(transitions)).toEqual(['heartRate.mean-high onset medium on @149']);
    expect(transitions[0]!.evidence).toMatchObject({ value: 110, samples: 150, samplesExpected: 300, limit: 100 });
  });

  test('is not decided on less than half of them', () => {
    expect(run([...bedLog(), ...oneHertz(160, 300, 110), ...oneHertz(300, 320, 90)]).transitions).toEqual([]);
  });

  test('ends when a whole window is back within the limit', () => {
    const { transitions } = run([...bedLog(), ...oneHertz(0, 300, 110), ...oneHertz(300, 610, 90)]);
    expect(summary(transitions)).toEqual(['heartRate.mean-high onset medium on @149', 'heartRate.mean-high end medium off @600']);
  });

  test('a mean of exactly the limit is within it', () => {
    expect(run([...bedLog(), ...oneHertz(0, 310, 100)]).transitions).toEqual([]);
  });

  test('order of arrival within the lateness does not change a closed window', () => {
    const jitter = fc.array(fc.record({ atS: fc.integer({ min: 0, max: 4 }), hr: fc.integer({ min: 60, max: 119 }) }), {
      minLength: 3,
      maxLength: 12,
    });
    const sumOf = (events: readonly LogEvent[]): unknown => {
      const bed = run([...bedLog(), ...events]).state.keys.get('bed:icu-1');
      return bed?.kind === 'bed' ? bed.windows['hr-mean-5min']?.open : null;
    };
    fc.assert(
      fc.property(jitter, (samples) => {
        const events = samples.map((s, i) => message(s.atS, { heartRate: s.hr }, { seq: 1000 + i }));
        const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
        expect(sumOf(events)).toEqual(sumOf(sorted));
      }),
    );
  });
});

describe('silence', () => {
  const ticks = (fromS: number, toS: number): LogEvent[] => Array.from({ length: toS - fromS }, (_, i) => tick(fromS + i));

  test('a bed that stops sending raises one alarm after ten seconds, and the next message ends it', () => {
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 80, spo2: 97 }),
      ...ticks(1, 30),
      message(30, { heartRate: 80, spo2: 97 }),
    ]);
    expect(summary(transitions)).toEqual(['noData onset high on @11', 'noData end high off @30']);
  });

  test('a metric that stops while its device goes on has an alarm of its own', () => {
    const events = Array.from({ length: 20 }, (_, i) => message(1 + i, { heartRate: 80 }));
    const { transitions } = run([...bedLog(), message(0, { heartRate: 80, spo2: 97 }), ...events]);
    expect(summary(transitions)).toEqual(['spo2.noData onset low on @11']);
  });

  test('a bed without a patient is allowed to be silent', () => {
    const sent = message(0, { heartRate: 80, spo2: 97 });
    expect(run([...bedLog().slice(0, 2), sent, ...ticks(1, 30)]).transitions).toEqual([]);
  });

  test('a patient whose monitor never sends is a silent bed too', () => {
    expect(summary(run([...bedLog(), ...ticks(0, 12)]).transitions)).toEqual(['noData onset high on @11']);
  });

  test('while the gateway is lost its beds raise nothing, and after its return they get the full time again', () => {
    const lost = { ...tick(2), id: 'lost', kind: 'coverageLost', causeId: 'c1' } as unknown as LogEvent;
    const back = { ...tick(40), id: 'back', kind: 'coverageRestored', causeId: 'c1' } as unknown as LogEvent;
    const { transitions } = run([...bedLog(), message(0, { heartRate: 80 }), lost, ...ticks(3, 40), back, ...ticks(41, 52)]);
    expect(summary(transitions)).toEqual(['noData onset high on @50']);
  });

  test('a pause without ticks was our own blindness: silence counts from the return', () => {
    const { transitions } = run([...bedLog(), message(0, { heartRate: 80 }), ...ticks(100, 112)]);
    expect(summary(transitions)).toEqual(['noData onset high on @111']);
  });

  test('a probe that is off is said so after five seconds, and not as missing data', () => {
    const off = Array.from({ length: 15 }, (_, i) => message(1 + i, { spo2: null, heartRate: 80 }, { quality: 'leadsOff' }));
    const { transitions } = run([
      ...bedLog(),
      message(0, { spo2: 97, heartRate: 80 }),
      ...off,
      message(16, { spo2: 97, heartRate: 80 }),
    ]);
    expect(summary(transitions).filter((t) => t.startsWith('spo2'))).toEqual([
      'spo2.leadsOff onset low on @6',
      'spo2.leadsOff end low off @16',
    ]);
  });
});

describe('who it is about', () => {
  test('discharge closes what is open and forgets the limits', () => {
    const { transitions, state } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(10, { heartRate: 150 }),
      discharge(12),
    ]);
    expect(summary(transitions)).toEqual(['heartRate.high onset medium on @10', 'heartRate.high closed medium off @12']);
    expect(state.keys.get('bed:icu-1')).toMatchObject({ encounter: null, alarms: {}, limits: {} });
  });

  test('a device that is not assigned to the bed is held, not attributed, and is an alarm', () => {
    const { transitions, counts } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }, { deviceId: 'stray' }),
      message(10, { heartRate: 150 }, { deviceId: 'stray' }),
    ]);
    expect(counts.unattributed).toBe(2);
    expect(summary(transitions)).toEqual(['deviceMismatch onset medium on @0']);
  });

  test('a message that comes twice counts once', () => {
    const twice = message(0, { heartRate: 150 });
    expect(run([...bedLog(), twice, twice]).counts.duplicates).toBe(1);
  });

  test('backlog behind the watermark is counted and never raised as if it were now', () => {
    const { transitions, counts } = run([
      ...bedLog(),
      message(100, { heartRate: 80 }, { seq: 100 }),
      message(0, { heartRate: 150 }, { seq: 0 }),
      message(20, { heartRate: 150 }, { seq: 20 }),
    ]);
    expect({ transitions, late: counts.late }).toEqual({ transitions: [], late: 2 });
  });

  test('a second device that sends rarely does not hold the watermark back for ever', () => {
    const other = message(0, { temperature: 37 }, { deviceId: 'probe' });
    const events = Array.from({ length: 700 }, (_, i) => message(1 + i, { heartRate: 80 }));
    const { state } = run([...bedLog(), assign('probe'), other, ...events]);
    const bed = state.keys.get('bed:icu-1');
    expect(bed?.kind === 'bed' && bed.windows['hr-mean-5min']?.open.length).toBe(1);
  });
});

describe('what people do', () => {
  const raised = [...bedLog(), message(0, { heartRate: 150 }), message(10, { heartRate: 150 })];
  const alarmId = run(raised).transitions[0]!.alarmId;

  test('acknowledge silences the signal and names the person; a second one changes nothing', () => {
    const { transitions } = run([...raised, command(alarmId, 12), command(alarmId, 13)]);
    expect(summary(transitions).slice(1)).toEqual(['heartRate.high acknowledged medium ack @12']);
    expect(transitions[1]).toMatchObject({ by: 'amy', rev: 2 });
  });

  test('an escalation that ran out is an alarm of its own until somebody accepts', () => {
    const exhausted = { ...command(alarmId, 20), id: 'x', kind: 'escalationExhausted', priority: 'high' } as unknown as LogEvent;
    const accept = { ...command(alarmId, 30), command: 'accept' } as LogEvent;
    const { transitions } = run([...raised, exhausted, accept]);
    expect(summary(transitions).slice(1)).toEqual(['notAccepted onset high on @20', 'notAccepted end high off @30']);
  });

  test('it also ends with the alarm itself', () => {
    const exhausted = { ...command(alarmId, 20), id: 'x', kind: 'escalationExhausted', priority: 'high' } as unknown as LogEvent;
    expect(summary(run([...raised, exhausted, discharge(21)]).transitions).at(-1)).toMatch(/notAccepted .* off @21/);
  });
});

describe('rules', () => {
  test('without rules nothing is raised; a rule that goes takes its alarm with it', () => {
    const without = { ...activation(), id: 'a2' } as Extract<LogEvent, { kind: 'ruleSetActivated' }>;
    const fewer: LogEvent = {
      ...without,
      hash: 'f'.repeat(64),
      atMs: (without.atMs + 20_000) as typeof without.atMs,
      ruleSet: { ...without.ruleSet, rules: [] },
    };
    const { transitions } = run([
      ...bedLog(),
      message(0, { heartRate: 150 }),
      message(10, { heartRate: 150 }),
      fewer,
      message(30, { heartRate: 150 }),
      message(45, { heartRate: 150 }),
    ]);
    expect(summary(transitions)).toEqual(['heartRate.high onset medium on @10', 'heartRate.high closed medium off @20']);
  });

  test('the same activation again changes nothing', () => {
    expect(step(run(bedLog()).state, [activation()]).activated).toBe(false);
  });

  test('an activation that the log has twice, the second time behind a later one, brings no old rules back', () => {
    const numbered = (number: number, hash: string): LogEvent =>
      ({ ...activation(), id: `rules/${number}`, hash, activation: number }) as LogEvent;
    const [first, second] = [numbered(1, 'a'.repeat(64)), numbered(2, 'b'.repeat(64))];
    const { state } = step(emptyPartition(), [first, second, first]);
    expect(state.engine.rules!.hash).toBe('b'.repeat(64));
    expect(step(state, [second, numbered(3, 'a'.repeat(64))]).state.engine.rules!.hash).toBe('a'.repeat(64));
  });

  test('a gateway that is lost is one alarm under its own key', () => {
    const lost = {
      v: 1,
      id: 'gl',
      key: 'gateway:gw-1',
      origin: 'live',
      atMs: 5_000,
      kind: 'gatewayLost',
      gatewayId: 'gw-1',
      bedIds: ['icu-1', 'icu-2'],
    } as unknown as LogEvent;
    const back = { ...lost, id: 'gr', kind: 'gatewayRestored', lostId: 'gl', atMs: 9_000 } as unknown as LogEvent;
    const { transitions } = run([activation(), lost, lost, back]);
    expect(transitions.map((t) => [t.conditionCode, t.cause, t.gatewayId, t.bedId])).toEqual([
      ['gatewayLost', 'onset', 'gw-1', null],
      ['gatewayLost', 'end', 'gw-1', null],
    ]);
  });
});

describe('laws', () => {
  const anyEvent = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({
          s: fc.integer({ min: 0, max: 400 }),
          hr: fc.integer({ min: 20, max: 190 }),
          spo2: fc.integer({ min: 70, max: 100 }),
        })
        .map((r) => message(r.s, { heartRate: r.hr, spo2: r.spo2 }, { seq: r.s })),
    },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 400 }).map(tick) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 400 }).map(discharge) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 400 }).map(admit) },
  );
  const logs = fc.array(anyEvent, { maxLength: 120 }).map((events) => [...bedLog(), ...events]);

  test('the same log gives the same alarms to the byte, however it is cut into batches and wherever it is checkpointed', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: 17 }), (log, size) => {
        const whole = run(log);
        let state: PartitionState = emptyPartition();
        const transitions: unknown[] = [];
        for (let i = 0; i < log.length; i += size) {
          const result = step(state, log.slice(i, i + size));
          transitions.push(...result.effects.map((e) => e.transition));
          state = {
            engine: structuredClone(result.state.engine),
            keys: new Map(JSON.parse(JSON.stringify([...result.state.keys])) as never),
          };
        }
        expect(JSON.stringify(transitions)).toBe(JSON.stringify(whole.transitions));
      }),
    );
  });

  test('revisions of an alarm count up from one without a gap, and nothing follows its close', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const revs = new Map<string, number>();
        const over = new Set<string>();
        for (const t of run(log).transitions) {
          expect(over.has(t.alarmId)).toBe(false);
          expect(t.rev).toBe((revs.get(t.alarmId) ?? 0) + 1);
          revs.set(t.alarmId, t.rev);
          if (!t.active && t.presence === 'off') over.add(t.alarmId);
          expect(t.onsetMs).toBeLessThanOrEqual(NEVER * 1_000_000);
        }
      }),
    );
  });

  test('every transition passes its own schema', () => {
    fc.assert(
      fc.property(logs, (log) => {
        run(log, { check: true });
      }),
      { numRuns: 20 },
    );
  });
});
