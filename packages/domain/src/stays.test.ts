import { LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { type BedState, emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { activation, message } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const BEDS = ['a', 'b', 'c'] as const;
type Bed = (typeof BEDS)[number];
const at = (s: number): number => EPOCH_MS + s * 1_000;
const about = (bed: string, kind: string, id: string, atS: number, more: object): LogEvent =>
  LogEvent.parse({ v: 1, id, key: `bed:${bed}`, origin: 'live', atMs: at(atS), kind, bedId: bed, ...more });

/** Three beds on three partitions, and one patient of whom the store always knows where and who it is. */
class House {
  where: Bed = 'a';
  stay = 'e0';
  s = 0;
  readonly set: string[] = [];
  readonly over = new Set<string>();
  readonly ids = new Map<string, Set<string>>();
  private readonly logs = new Map<Bed, LogEvent[]>(BEDS.map((bed) => [bed, []]));
  private readonly read = new Map<Bed, number>(BEDS.map((bed) => [bed, 0]));
  private readonly states = new Map<Bed, PartitionState>(BEDS.map((bed) => [bed, emptyPartition()]));
  private readonly sent = new Set<string>();

  constructor() {
    for (const bed of BEDS) {
      this.log(bed, activation());
      this.log(
        bed,
        about(bed, 'deviceAssigned', `assign/${bed}`, 0, { deviceId: `mon-${bed}`, fromMs: 0, toMs: null, intervalsMs: {} }),
      );
    }
    this.log('a', about('a', 'admit', 'admit', 0, { encounterId: 'e0', patientId: 'p0' }));
    this.log('a', { ...message(1, { heartRate: 180 }), key: 'bed:a', bedId: 'a', deviceId: 'mon-a' } as LogEvent);
    this.run('a');
  }

  log(bed: Bed, event: LogEvent): void {
    this.logs.get(bed)!.push(event);
  }

  say(kind: string, more: object): void {
    this.log(this.where, about(this.where, kind, `${kind}/${this.s}`, this.s, more));
  }

  bed(bed: Bed): BedState {
    return this.states.get(bed)!.keys.get(`bed:${bed}`) as BedState;
  }

  /** What comes out goes to the log of its bed, once per id. */
  run(bed: Bed, most = Infinity): boolean {
    const from = this.read.get(bed)!;
    const events = this.logs.get(bed)!.slice(from, from + most);
    if (events.length === 0) return false;
    const { appends, effects } = step(this.states.get(bed)!, structuredClone(events));
    this.read.set(bed, from + events.length);
    for (const { transition: t } of effects) {
      if (t.kind !== 'physiological') continue;
      const ids = this.ids.get(t.conditionCode) ?? new Set();
      this.ids.set(t.conditionCode, ids.add(t.alarmId));
    }
    for (const event of appends) {
      if (this.sent.has(event.id)) continue;
      this.sent.add(event.id);
      if (event.kind === 'standbyEnded' && event.by === null) this.over.add(event.standbyId);
      this.log(event.key.slice('bed:'.length) as Bed, LogEvent.parse(structuredClone(event)));
    }
    return true;
  }

  settle(): void {
    while (BEDS.map((bed) => this.run(bed)).some(Boolean));
  }
}

const what = fc.record({
  op: fc.constantFrom('move', 'move', 'set', 'end', 'correct', 'run', 'run', 'tick'),
  bed: fc.constantFrom(...BEDS),
  n: fc.integer({ min: 1, max: 3 }),
});

function does(house: House, { op, bed, n }: { op: string; bed: Bed; n: number }): void {
  house.s += 10;
  const { stay, s } = house;
  switch (op) {
    case 'move':
      if (bed === house.where) return;
      house.say('transferOut', { encounterId: stay, toBedId: bed, patientId: `p-${stay}` });
      house.where = bed;
      return;
    case 'set':
      house.set.push(`s${s}`);
      house.say('standbySet', { encounterId: stay, standbyId: `s${s}`, toMs: at(s + n * 200), place: 'imaging' });
      return;
    case 'end': {
      const standbyId = house.set.at(-n) ?? 's0';
      house.over.add(standbyId);
      house.say('standbyEnded', { encounterId: stay, standbyId, cause: 'person', by: 'amy' });
      return;
    }
    case 'correct':
      // A second one, while the first has not reached any bed, is more than beds can tell apart (docs/adr/0052).
      if (stay !== 'e0') return;
      house.stay = `e${s}`;
      house.say('stayCorrected', { wrongEncounterId: stay, encounterId: house.stay, patientId: `p${s}`, sinceMs: at(0) });
      return;
    case 'tick':
      house.log(bed, about(bed, 'tick', `tick/${bed}/${s}`, s, { gatewayId: 'gw-1' }));
      return;
    default:
      house.run(bed, n);
  }
}

test('whoever is moved, corrected and away, in whatever order their beds hear of it: one stay, its standby and its alarm, at one bed', () => {
  fc.assert(
    fc.property(fc.array(what, { minLength: 5, maxLength: 40 }), (steps) => {
      const house = new House();
      for (const each of steps) does(house, each);
      house.settle();
      const lying = BEDS.filter((bed) => house.bed(bed).encounter !== null);
      expect(lying.map((bed) => [bed, house.bed(bed).encounter?.encounterId])).toEqual([[house.where, house.stay]]);
      for (const bed of BEDS) if (bed !== house.where) expect([bed, house.bed(bed).standby]).toEqual([bed, undefined]);
      expect([...(house.ids.get('heartRate.high') ?? [])].length).toBeLessThanOrEqual(1);
      house.s += 1_000;
      for (const bed of BEDS) house.log(bed, about(bed, 'tick', `last/${bed}`, house.s, { gatewayId: 'gw-1' }));
      house.settle();
      expect(BEDS.map((bed) => house.bed(bed).standby)).toEqual([undefined, undefined, undefined]);
      expect(house.set.filter((id) => !house.over.has(id))).toEqual([]);
    }),
    { seed: 53, numRuns: Number(process.env['COUNT'] ?? 150) },
  );
});
