import { type AlarmTransition, AlarmTransition as Transition, CarriedStay, LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { activation, message } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (s: number): number => EPOCH_MS + s * 1_000;

function event(bed: string, kind: string, id: string, atS: number, more: object): LogEvent {
  return LogEvent.parse({ v: 1, id, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind, bedId: bed, ...more });
}
const monitor = (bed: string): LogEvent =>
  event(bed, 'deviceAssigned', `assign/${bed}`, 0, { deviceId: `mon-${bed}`, fromMs: 0, toMs: null, intervalsMs: {} });
const admit = (bed: string, atS = 0, encounterId = 'e1'): LogEvent =>
  event(bed, 'admit', `admit/${encounterId}`, atS, { encounterId, patientId: `p-${encounterId}` });
const discharge = (bed: string, atS: number, encounterId = 'e1'): LogEvent =>
  event(bed, 'discharge', `discharge/${encounterId}`, atS, { encounterId });
const move = (from: string, to: string, atS: number, more: object = {}): LogEvent =>
  event(from, 'transferOut', `transfer/e1/${atS}`, atS, { encounterId: 'e1', toBedId: to, patientId: 'p-e1', ...more });
const hr = (bed: string, atS: number, value: number, seq = atS): LogEvent =>
  ({
    ...message(atS, { heartRate: value }, { deviceId: `mon-${bed}`, seq }),
    ...{ key: `bed:${bed}`, bedId: bed, id: `mon-${bed}/boot/${seq}` },
  }) as LogEvent;
const series = (bed: string, fromS: number, toS: number, value: number): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => hr(bed, fromS + i, value));
const acknowledge = (bed: string, alarmId: string, atS: number): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `ack/${alarmId}/${atS}`, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind: 'command' },
    ...{ command: 'acknowledge', commandId: `00000000-0000-4000-8000-${String(atS).padStart(12, '0')}`, alarmId, by: 'amy' },
  });

/** Each bed on a partition of its own. What the engine sends to the log is taken there once per id. */
class Ward {
  readonly logs = new Map<string, LogEvent[]>();
  readonly states = new Map<string, PartitionState>();
  private readonly read = new Map<string, number>();
  private readonly saved = new Map<string, { state: PartitionState; read: number }>();
  private readonly ids = new Set<string>();
  /** As the store has them: by alarm and revision. */
  readonly told = new Map<string, AlarmTransition>();
  unattributed = 0;

  constructor(beds: readonly string[]) {
    for (const bed of beds) {
      this.logs.set(bed, []);
      this.states.set(bed, emptyPartition());
      this.read.set(bed, 0);
      this.log(bed, activation(), monitor(bed));
      this.run(bed);
      this.save(bed);
    }
  }

  log(bed: string, ...events: readonly LogEvent[]): void {
    this.logs.get(bed)!.push(...events);
  }

  /** Puts each event on its bed's log and reads everything. */
  send(...events: readonly LogEvent[]): this {
    for (const one of events) {
      this.log(bedOf(one), one);
      this.settle();
    }
    return this;
  }

  settle(): void {
    for (let again = true; again;) again = [...this.logs.keys()].map((bed) => this.run(bed)).some(Boolean);
  }

  run(bed: string, most = Infinity): boolean {
    const from = this.read.get(bed)!;
    const events = this.logs.get(bed)!.slice(from, from + most);
    if (events.length === 0) return false;
    const result = step(this.states.get(bed)!, events);
    this.read.set(bed, from + events.length);
    this.unattributed += result.counts.unattributed;
    for (const { transition } of result.effects) this.tell(transition);
    for (const append of result.appends) {
      if (this.ids.has(append.id)) continue;
      this.ids.add(append.id);
      const parsed = LogEvent.parse(JSON.parse(JSON.stringify(append)));
      this.log(bedOf(parsed), parsed);
    }
    return true;
  }

  save(bed: string): void {
    this.saved.set(bed, { state: structuredClone(this.states.get(bed)!), read: this.read.get(bed)! });
  }

  crash(bed: string): void {
    const { state, read } = this.saved.get(bed)!;
    this.states.set(bed, JSON.parse(JSON.stringify({ keys: [...state.keys], engine: state.engine }), revive) as PartitionState);
    this.read.set(bed, read);
  }

  private tell(transition: AlarmTransition): void {
    Transition.parse(transition);
    const name = `${transition.alarmId}/${transition.rev}`;
    const known = this.told.get(name);
    // Deriving it again must give the same (D5).
    if (known === undefined) this.told.set(name, transition);
    else expect(transition).toEqual(known);
  }

  /** The newest transition of each alarm that is still there. */
  open(): AlarmTransition[] {
    const newest = new Map<string, AlarmTransition>();
    for (const t of this.told.values()) if ((newest.get(t.alarmId)?.rev ?? 0) < t.rev) newest.set(t.alarmId, t);
    return [...newest.values()].filter((t) => t.active || t.presence !== 'off');
  }

  bed(bed: string): { encounter: { encounterId: string } | null } {
    return this.states.get(bed)!.keys.get(`bed:${bed}` as never) as never;
  }

  story(): string[] {
    return [...this.told.values()].map(
      (t) => `${t.bedId} ${t.conditionCode} ${t.cause} ${t.presence} @${(t.atMs - EPOCH_MS) / 1_000}`,
    );
  }
}

const bedOf = (one: LogEvent): string => one.key.slice('bed:'.length);
const revive = (key: string, value: unknown): unknown => (key === 'keys' ? new Map(value as never) : value);

describe('a patient who moves', () => {
  test('takes open alarms along under their ids: nothing ends, nothing sounds anew, and they end on the new bed', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 30, 130));
    const alarm = ward.open()[0]!;
    ward.send(acknowledge('a', alarm.alarmId, 30), move('a', 'b', 31), ...series('b', 32, 60, 130), ...series('b', 60, 90, 80));
    expect(ward.story()).toEqual([
      'a heartRate.high onset on @10',
      'a heartRate.high acknowledged ack @30',
      'b heartRate.high carried ack @31',
      'b heartRate.high end off @75',
    ]);
    expect(new Set([...ward.told.values()].map((t) => t.alarmId))).toEqual(new Set([alarm.alarmId]));
    expect(ward.bed('a').encounter).toBeNull();
    expect(ward.bed('b').encounter?.encounterId).toBe('e1');
  });

  test('goes on with a delay that was running', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 6, 130), move('a', 'b', 6), ...series('b', 7, 14, 130));
    expect(ward.story()).toEqual(['b heartRate.high onset on @10']);
  });

  test('has the own limits and the mean of the window that is open', () => {
    const own = event('a', 'limitsSet', 'limits/1', 1, {
      ...{ encounterId: 'e1', metric: 'heartRate', low: null, high: 160, reason: 'athlete', by: 'amy', toMs: at(100_000) },
    });
    const ward = new Ward(['a', 'b']).send(
      admit('a'),
      own,
      ...series('a', 1, 120, 140),
      move('a', 'b', 120),
      ...series('b', 121, 170, 140),
    );
    expect(ward.story()).toEqual(['b heartRate.mean-high onset on @151']);
  });

  test('has at the new bed what was set there before the state arrived, and no longer what the old bed had', () => {
    const set = (id: string, bed: string, atS: number, high: number | null) =>
      event(bed, 'limitsSet', id, atS, {
        ...{ encounterId: 'e1', metric: 'heartRate', low: null, high, reason: 'athlete', by: 'amy', toMs: at(100_000) },
      });
    const ward = new Ward(['a', 'b', 'c']).send(admit('a'), set('limits/1', 'a', 1, 160), ...series('a', 1, 10, 140));
    ward.log('a', move('a', 'b', 10));
    const profile = event('b', 'stayProfileSet', 'profile/1', 12, { encounterId: 'e1', ageGroup: 'paediatric', by: 'amy' });
    ward.log('b', set('limits/2', 'b', 12, null), set('limits/3', 'b', 12, 130), set('limits/4', 'b', 13, null), profile);
    ward.run('b');
    ward.settle();
    expect(ward.bed('b')).toMatchObject({ encounter: { ageGroup: 'paediatric' }, overrides: { heartRate: { high: null } } });
    expect(ward.bed('b')).not.toHaveProperty('awaited');
    // Also where they have moved on meanwhile, and nothing is kept for who does not come any more.
    ward.log('b', move('b', 'c', 20));
    ward.log('c', set('limits/5', 'c', 21, 125), move('c', 'a', 25));
    ward.run('c');
    ward.settle();
    expect(ward.bed('a')).toMatchObject({ encounter: { encounterId: 'e1' }, overrides: { heartRate: { high: 125 } } });
    ward.log('b', set('limits/6', 'b', 30, 150), discharge('b', 31));
    ward.log(
      'c',
      event('c', 'limitsSet', 'limits/7', 30, { ...set('limits/7', 'c', 30, 150), encounterId: 'e7' }),
      discharge('c', 31, 'e7'),
    );
    ward.settle();
    expect([ward.bed('b'), ward.bed('c')].map((bed) => 'awaited' in bed)).toEqual([false, false]);
  });

  test('leaves behind what is wrong with the devices of the old bed', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 5, 80));
    const ticks = Array.from({ length: 20 }, (_, i) => event('a', 'tick', `tick/${i}`, 5 + i, { gatewayId: 'gw-1' }));
    ward.send(...ticks, move('a', 'b', 31));
    expect(ward.story()).toEqual(['a noData onset on @15', 'a noData closed off @31']);
  });

  test('there and back keeps each alarm and its acknowledgement', () => {
    const ward = new Ward(['a', 'b']).send(
      admit('a'),
      ...series('a', 0, 20, 130),
      move('a', 'b', 20),
      ...series('b', 21, 25, 130),
    );
    const { alarmId } = ward.open()[0]!;
    // Given at the old bed, where the store had it a moment ago.
    ward.send(acknowledge('a', alarmId, 26), move('b', 'a', 27), ...series('a', 28, 40, 130));
    expect(ward.open().map((t) => [t.alarmId, t.bedId, t.presence])).toEqual([[alarmId, 'a', 'ack']]);
  });

  test('events that are delivered again, also long after, change nothing', () => {
    const ward = new Ward(['a', 'b']);
    const all = [
      admit('a'),
      ...series('a', 0, 20, 130),
      move('a', 'b', 20),
      ...series('b', 21, 25, 130),
      move('b', 'a', 26),
      move('a', 'b', 30),
    ];
    ward.send(...all);
    const arrivals = ward.logs.get('b')!.filter((one) => one.kind === 'transferIn');
    const before = ward.story();
    ward.send(...all, ...arrivals, ...all);
    expect(ward.story()).toEqual(before);
    expect(ward.bed('a').encounter).toBeNull();
    expect(ward.bed('b').encounter?.encounterId).toBe('e1');
  });

  test('who is discharged from the new bed before the state arrives there is not there afterwards, and the alarms are over', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 20, 130));
    ward.log('a', move('a', 'b', 20));
    ward.log('b', discharge('b', 25), admit('b', 30, 'e2'));
    ward.run('b');
    ward.settle();
    expect(ward.bed('b').encounter?.encounterId).toBe('e2');
    expect(ward.open()).toEqual([]);
  });

  test('who moves on before the state arrives gets it where they are', () => {
    const ward = new Ward(['a', 'b', 'c']).send(admit('a'), ...series('a', 0, 20, 130));
    ward.log('a', move('a', 'b', 20));
    ward.log('b', move('b', 'c', 25));
    ward.run('b');
    ward.run('c');
    expect(ward.bed('c').encounter?.encounterId).toBe('e1');
    ward.settle();
    expect(ward.open().map((t) => [t.bedId, t.cause])).toEqual([['c', 'carried']]);
    expect([ward.bed('a').encounter, ward.bed('b').encounter]).toEqual([null, null]);
  });

  test('a bed that is taken says goodbye to the one before', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), admit('b', 1, 'e2'), ...series('b', 2, 20, 130), move('a', 'b', 20));
    expect(ward.story()).toEqual(['b heartRate.high onset on @12', 'b heartRate.high closed off @20']);
    ward.send(discharge('b', 21, 'e2'));
    expect(ward.bed('b').encounter?.encounterId).toBe('e1');
  });

  test("readings of the stay that come late at the old bed are nobody else's, and are counted", () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 10, 80), move('a', 'b', 30));
    ward.send(...series('a', 11, 29, 150));
    expect([ward.story(), ward.unattributed]).toEqual([[], 18]);
    ward.send(admit('a', 31, 'e2'), ...[29, 30].map((s) => hr('a', s, 150, 500 + s)));
    expect(ward.story()).toEqual([]);
  });

  test('an alarm that a monitor of the old bed raised stands until somebody has seen it', () => {
    const said = LogEvent.parse({
      ...{
        v: 1,
        id: 'mon-a/alarms/1',
        key: 'bed:a',
        origin: 'live',
        atMs: at(5),
        kind: 'deviceAlarm',
        bedId: 'a',
        deviceId: 'mon-a',
      },
      ...{ gatewayId: 'gw-1', bootId: 'boot', seq: 900, deviceAtMs: at(5), gatewayAtMs: at(5) },
      alarms: [{ code: 'asystole', kind: 'physiological', priority: 'high', active: true }],
    });
    const ward = new Ward(['a', 'b']).send(admit('a'), said, move('a', 'b', 6), ...series('b', 7, 9, 80));
    expect(ward.open().map((t) => [t.bedId, t.conditionCode, t.active, t.presence])).toEqual([
      ['b', 'device.asystole', false, 'latched'],
    ]);
    ward.send(acknowledge('b', ward.open()[0]!.alarmId, 10));
    expect(ward.open()).toEqual([]);
  });

  test('a state that this engine can not read costs the state and no alarm id', () => {
    const ward = new Ward(['a', 'b']).send(admit('a'), ...series('a', 0, 20, 130));
    ward.log('a', move('a', 'b', 20));
    ward.run('a');
    const arrival = ward.logs.get('b')!.pop() as Extract<LogEvent, { kind: 'transferIn' }>;
    const broken = { ...arrival.carried!.state, limits: 7, windows: 'x', scores: [], rules: { 'hr-high': 3 } };
    ward.send({ ...arrival, carried: CarriedStay.parse({ ...arrival.carried, state: broken }) }, ...series('b', 21, 40, 80));
    expect(ward.open().map((t) => [t.bedId, t.active, t.presence])).toEqual([['b', false, 'latched']]);
  });
});

/** One thing after another in one patient's life; seconds are given to each in turn. */
type Part = { readonly value: number; readonly forS: number; readonly moveTo: number };

describe('any interleaving', () => {
  const beds = ['a', 'b', 'c'];
  const life = fc.array(
    fc.record({ value: fc.constantFrom(80, 130, 150), forS: fc.integer({ min: 5, max: 40 }), moveTo: fc.nat(3) }),
    { minLength: 1, maxLength: 6 },
  );
  const chances = fc.array(fc.nat(99), { minLength: 30, maxLength: 200 });

  /** An acknowledgement that came to the bed before its alarm, which went round two others. */
  const OVERTAKEN: [Part[], number[]] = [
    [
      { value: 150, forS: 37, moveTo: 2 },
      { value: 130, forS: 6, moveTo: 0 },
      { value: 150, forS: 9, moveTo: 1 },
    ],
    [
      ...[94, 63, 45, 92, 91, 13, 33, 6, 80, 19, 1, 98, 69, 75, 96, 32, 68, 61, 97, 3, 14, 25, 40, 51, 51, 63, 73, 26, 83, 18],
      ...[16, 82, 79, 42, 17, 9, 51, 2, 50, 57],
    ],
  ];

  /** The same life in one bed. */
  function oracle(parts: readonly Part[]): string[] {
    let s = 1;
    const events = [admit('a')];
    for (const { value, forS } of [...parts, LAST(parts)]) events.push(...series('a', s, (s += forS), value));
    return standing(new Ward(['a']).send(...events));
  }
  /** Long enough for every delay, so that what stands in the end is what the readings say. */
  const LAST = (parts: readonly Part[]): Part => ({ value: parts[parts.length - 1]!.value, forS: 60, moveTo: 3 });
  const standing = (ward: Ward): string[] =>
    ward
      .open()
      .filter((t) => t.conditionCode !== 'heartRate.mean-high')
      .map((t) => `${t.conditionCode} ${t.active}`)
      .sort();

  test('of beds, with crashes and commands, ends where one bed ends', () => {
    fc.assert(
      fc.property(life, chances, (parts, dice) => {
        const ward = new Ward(beds);
        let die = 0;
        const chance = (): number => dice[die++ % dice.length]!;
        const acknowledged = new Set<string>();
        let [here, s] = ['a', 1];
        ward.log('a', admit('a'));
        const disturb = (): void => {
          const bed = beds[chance() % beds.length]!;
          const roll = chance();
          if (roll < 30) ward.run(bed, 1 + (chance() % 20));
          else if (roll < 40) ward.save(bed);
          else if (roll < 45) ward.crash(bed);
          const sounding = ward.open().find((t) => t.presence === 'on' && t.bedId !== null);
          if (roll > 92 && sounding !== undefined) {
            acknowledged.add(sounding.alarmId);
            ward.log(sounding.bedId!, { ...acknowledge(sounding.bedId!, sounding.alarmId, s), id: `ack/${die}` });
          }
        };
        for (const { value, forS, moveTo } of [...parts, LAST(parts)]) {
          for (const reading of series(here, s, (s += forS), value)) {
            ward.log(here, reading);
            disturb();
          }
          const next = beds[moveTo];
          if (next === undefined || next === here) continue;
          ward.log(here, move(here, next, s));
          [here, s] = [next, s + 1];
        }
        for (const bed of beds) if (chance() < 50) ward.crash(bed);
        ward.settle();
        // What was still on its way has arrived; one more reading ends what its delay has waited for.
        ward.send(...series(here, s, s + 40, parts[parts.length - 1]!.value));
        expect(standing(ward)).toEqual(oracle(parts));
        expect(beds.filter((bed) => ward.bed(bed).encounter !== null)).toEqual([here]);
        for (const t of ward.open()) {
          expect(t.bedId).toBe(here);
          if (acknowledged.has(t.alarmId)) expect(t.presence).not.toBe('on');
        }
      }),
      { numRuns: Number(process.env['VIGIL_TRANSFER_RUNS'] ?? 60), endOnFailure: true, examples: [OVERTAKEN] },
    );
  });
});
