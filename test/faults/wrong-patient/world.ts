import { randomUUID } from 'node:crypto';
import { type BedId, type DeviceId, LogEvent, type MetricName } from '@vigil/contracts';
import { emptyPartition, PlatformError, step } from '@vigil/domain';
import { auditEntry } from '../../../src/ports/audit-trail.js';
import type { Change } from '../../../src/ports/change.js';
import { Dice } from '../../oracle/dice.js';
import { Ledger, type Measured } from './ledger.js';
import { BEDS, DEVICES, PATIENTS, Platform, shownAt } from './platform.js';

const LATE_MS_MAX = 10_000;
const BACKLOG_MS_MAX = 6 * 3_600_000;
/** The number of a reading is in the fraction of its value. */
const READINGS_MAX = 1_000_000;

export interface Found {
  /** A reading is at the bed of a patient whose it is not, or was on a tile there. */
  readonly wrong: number;
  readonly lost: number;
  readonly doubled: number;
  readonly readings: number;
  readonly inTray: number;
  readonly done: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
}

interface Queued {
  readonly atWallMs: number;
  readonly event: LogEvent;
}

/** People who move devices and patients, devices that measure meanwhile, a line that is late, and a process that dies. */
export class World {
  private readonly dice: Dice;
  private readonly ledger = new Ledger();
  private readonly queue: Queued[] = [];
  private readonly counts = new Map<string, number>();
  private readonly taken = new Map<string, Set<number>>();
  private readonly seqs = new Map<string, number>();
  /** What the gateway believes of where its devices are: behind what is so. */
  private view = new Map<string, { readonly at: string; readonly from: number; readonly to: number }[]>();
  private readonly examples: string[] = [];
  private wrong = 0;
  private stays = 0;
  private isMoving = false;

  private constructor(
    private readonly platform: Platform,
    seed: number,
  ) {
    this.dice = new Dice(seed);
  }

  static async run(seed: number, moves: number): Promise<Found> {
    const platform = await Platform.open();
    const world = new World(platform, seed);
    platform.beforeWrite = () => world.moveMeanwhile();
    try {
      for (let n = 0; n < BEDS.length; n++) await world.assign(DEVICES[n], BEDS[n]);
      for (let n = 0; n < moves; n++) await world.step();
      await world.calm();
      return await world.found();
    } finally {
      await platform.end();
    }
  }

  private get nowMs(): number {
    return Math.round(this.platform.clock.nowMs());
  }

  private async step(): Promise<void> {
    const { dice, platform } = this;
    const { away } = platform;
    if (dice.chance(0.03)) away.store = !away.store;
    else if (dice.chance(0.5)) away.store = false;
    away.history = dice.chance(0.02);
    away.log = dice.chance(0.04);
    await this.move();
    if (dice.chance(0.5)) this.lookAtConfiguration();
    this.measure();
    if (dice.chance(0.08)) platform.crashAfter(1 + dice.below(6));
    await platform.relay();
    await this.deliver();
    await platform.clock.advance(dice.of([300, 1_000, 1_000, 2_500, 7_000]));
    await platform.work();
    if (!away.store) await this.lookAtTiles();
  }

  /** Everything comes back, and there is time for what is still to be done. */
  private async calm(): Promise<void> {
    const { platform } = this;
    Object.assign(platform.away, { store: false, history: false, log: false });
    for (let turn = 0; turn < 60; turn++) {
      await platform.clock.advance(2_500);
      await platform.relay();
      await this.deliver();
      await platform.work();
      await platform.log.settled();
    }
    await this.lookAtTiles();
  }

  /** Somebody changes where a device is while history is written by what was so before. */
  private async moveMeanwhile(): Promise<void> {
    if (this.isMoving || !this.dice.chance(0.04)) return;
    this.count('meanwhile');
    await this.move();
  }

  private async move(): Promise<void> {
    this.isMoving = true;
    await this.moveOnce().finally(() => (this.isMoving = false));
  }

  private async moveOnce(): Promise<void> {
    const moves: readonly (readonly [string, number, () => Promise<void>])[] = [
      ['assign', 34, () => this.assign()],
      ['exchange', 8, () => this.exchange()],
      ['end', 6, () => this.end()],
      ['correct', 18, () => this.correct()],
      ['admit', 14, () => this.admit()],
      ['transfer', 10, () => this.transfer()],
      ['discharge', 6, () => this.discharge()],
      ['another patient', 5, () => this.wasAnother()],
    ];
    let at = this.dice.below(moves.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight, run] of moves) {
      at -= weight;
      if (at >= 0) continue;
      try {
        await run();
        this.count(name);
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        this.count(`${name} refused`);
      }
      return;
    }
  }

  private async assign(device = this.dice.of(DEVICES), bed = this.dice.of(BEDS)): Promise<void> {
    const fromMs = this.nowMs - this.dice.below(55_000);
    const request = {
      deviceId: device as DeviceId,
      bedId: bed as BedId,
      fromMs: fromMs as never,
      endOther: true,
      reason: 'routine' as const,
    };
    const { value } = await this.platform.stores.deviceAssignments.assign(request, this.change());
    this.ledger.endElsewhere(device, bed, fromMs);
    this.ledger.put(device, { id: value.assignmentId, at: bed, from: fromMs, to: Infinity });
  }

  private async exchange(): Promise<void> {
    const bed = this.dice.of(BEDS);
    const gone = this.ledger.openAt(bed)[0];
    if (gone === undefined) return this.assign();
    const device = this.dice.of(DEVICES.filter((each) => each !== gone.device));
    const fromMs = this.nowMs - this.dice.below(30_000);
    const { value } = await this.platform.stores.deviceAssignments.assign(
      {
        ...{ deviceId: device as DeviceId, bedId: bed as BedId, fromMs: fromMs as never, endOther: true },
        ...{ replaces: gone.device as DeviceId, reason: 'device-exchange' as const },
      },
      this.change(),
    );
    this.ledger.end(gone.device, gone.id, fromMs);
    this.ledger.endElsewhere(device, bed, fromMs);
    this.ledger.put(device, { id: value.assignmentId, at: bed, from: fromMs, to: Infinity });
  }

  private async end(): Promise<void> {
    const device = this.dice.of(DEVICES);
    const piece = this.ledger.piecesOf(device).find(({ to }) => to === Infinity);
    if (piece === undefined) return;
    const toMs = Math.max(piece.from, this.nowMs - this.dice.below(50_000));
    const target = await this.target(piece.id);
    await this.platform.stores.deviceAssignments.end(target, { toMs: toMs as never, reason: 'routine' }, this.change());
    this.ledger.end(device, piece.id, toMs);
  }

  /** It was another bed, another time, or not at all. */
  private async correct(): Promise<void> {
    const { dice } = this;
    const device = dice.of(DEVICES);
    const pieces = this.ledger.piecesOf(device).slice(-6);
    if (pieces.length === 0) return;
    const piece = dice.of(pieces);
    const { deviceAssignments } = this.platform.stores;
    const about = { reason: 'wrong-bed' as const, note: 'it was not so' };
    const target = await this.target(piece.id);
    if (dice.chance(0.25)) {
      await deviceAssignments.correct(target, { voided: true, ...about }, this.change());
      this.ledger.replace(device, piece.id, null);
      return;
    }
    const at = dice.chance(0.6) ? dice.of(BEDS) : piece.at;
    const from = dice.chance(0.5) ? Math.max(0, piece.from + dice.below(600_000) - 400_000) : piece.from;
    const to = piece.to !== Infinity && dice.chance(0.3) ? piece.to + dice.below(120_000) - 60_000 : piece.to;
    const times = { fromMs: from as never, toMs: (to === Infinity ? null : to) as never };
    await deviceAssignments.correct(target, { bedId: at as BedId, ...times, ...about }, this.change());
    this.ledger.replace(device, piece.id, { id: piece.id, at, from, to });
  }

  private async admit(): Promise<void> {
    const { dice, ledger } = this;
    const open = ledger.openStays();
    const free = BEDS.filter((bed) => open.every((stay) => stay.bed !== bed));
    const out = PATIENTS.filter((patient) => open.every((stay) => stay.patient !== patient));
    if (free.length === 0) return this.discharge();
    const [bed, patient, stay] = [dice.of(free), dice.of(out), `stay-${(this.stays += 1)}`];
    const atMs = this.nowMs;
    const request = { encounterId: stay as never, patientId: patient as never, bedId: bed as BedId, atMs };
    await this.platform.stores.directory.admit(request, this.who());
    ledger.admit(stay, patient, bed, atMs);
  }

  private async transfer(): Promise<void> {
    const { dice, ledger } = this;
    const open = ledger.openStays();
    const free = BEDS.filter((bed) => open.every((stay) => stay.bed !== bed));
    if (open.length === 0 || free.length === 0) return;
    const [{ stay, patient }, bed, atMs] = [dice.of(open), dice.of(free), this.nowMs];
    await this.platform.stores.directory.transfer({ encounterId: stay as never, bedId: bed as BedId, atMs }, this.who());
    ledger.leave(stay, atMs);
    ledger.admit(stay, patient, bed, atMs);
  }

  private async discharge(): Promise<void> {
    const open = this.ledger.openStays();
    if (open.length === 0) return;
    const { stay } = this.dice.of(open);
    const atMs = this.nowMs;
    await this.platform.stores.directory.discharge(stay as never, atMs, this.who());
    this.ledger.leave(stay, atMs);
  }

  /** Not who was admitted lies there. */
  private async wasAnother(): Promise<void> {
    const { dice, ledger, platform } = this;
    const open = ledger.openStays();
    if (open.length === 0) return;
    const { stay } = dice.of(open);
    const patient = dice.of(PATIENTS.filter((each) => open.every((other) => other.patient !== each)));
    const request = { patientId: patient as never, reason: 'wrong-patient' as const, note: 'it was not so' };
    const { value } = await platform.stores.corrections.correctStay(stay as never, request, this.change());
    ledger.wasAnother(stay, { stay: value.encounter.encounterId, patient });
  }

  private async target(assignmentId: string): Promise<{ assignmentId: string; ifRev: number }> {
    const found = await this.platform.stores.deviceAssignments.find(assignmentId);
    return { assignmentId, ifRev: found!.rev };
  }

  private lookAtConfiguration(): void {
    this.view = new Map(
      DEVICES.map((device) => [device, this.ledger.piecesOf(device).map(({ at, from, to }) => ({ at, from, to }))]),
    );
  }

  private measure(): void {
    const { dice } = this;
    for (const device of DEVICES) {
      if (dice.chance(0.35)) this.send(device, this.nowMs - dice.below(900));
      // What a device kept while nobody heard it.
      if (!dice.chance(0.01)) continue;
      const length = dice.below(BACKLOG_MS_MAX);
      for (let n = dice.below(12); n >= 0; n--) this.send(device, this.nowMs - dice.below(length + 1));
    }
  }

  private send(device: string, atMs: number): void {
    const { dice, ledger } = this;
    const taken = this.taken.get(device) ?? new Set();
    this.taken.set(device, taken);
    if (taken.has(atMs) || ledger.measured.length >= READINGS_MAX - 1) return;
    taken.add(atMs);
    const seq = (this.seqs.get(device) ?? 0) + 1;
    this.seqs.set(device, seq);
    const n = ledger.measured.length;
    const measured: Measured = { n, device, seq, atMs, said: new Set([ledger.bedAt(device, atMs)]) };
    ledger.measured.push(measured);
    const event = this.stamped(measured);
    const wallMs = this.platform.clock.wallMs();
    this.queue.push({ atWallMs: wallMs + dice.below(LATE_MS_MAX), event });
    if (dice.chance(0.05)) this.queue.push({ atWallMs: wallMs + dice.below(20 * LATE_MS_MAX), event });
  }

  /** Half of the gateways know spans; the others stamp the bed of now. Neither knows of a move at once. */
  private stamped({ n, device, seq, atMs }: Measured): LogEvent {
    const { dice, nowMs } = this;
    const byTime = dice.chance(0.5) ? atMs : nowMs;
    const bedId = this.view.get(device)?.find(({ from, to }) => byTime >= from && byTime < to)?.at ?? null;
    const value = (dice.chance(0.3) ? 150 : 70) + n / READINGS_MAX;
    return LogEvent.parse({
      ...{ v: 1, kind: 'deviceMessage', id: `${device}/b/${seq}`, key: bedId === null ? `device:${device}` : `bed:${bedId}` },
      ...{ origin: 'simulated', atMs, bedId, deviceId: device, gatewayId: 'gw-wp', bootId: 'b', seq },
      ...{ deviceAtMs: atMs, gatewayAtMs: nowMs, readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }] },
    });
  }

  private async deliver(): Promise<void> {
    const wallMs = this.platform.clock.wallMs();
    const due = this.queue.filter(({ atWallMs }) => atWallMs <= wallMs);
    if (due.length === 0) return;
    this.queue.splice(0, this.queue.length, ...this.queue.filter(({ atWallMs }) => atWallMs > wallMs));
    await this.platform.log.append(due.map(({ event }) => event));
  }

  /** A tile shows what is of its bed, at every moment at which assignments can be read. */
  private async lookAtTiles(): Promise<void> {
    await this.platform.index.refresh().catch(() => undefined);
    if (this.platform.index.rev !== (await this.platform.stores.deviceAssignments.rev())) return;
    for (const bed of BEDS) {
      for (const { deviceId, atMs } of shownAt(this.platform, bed)) {
        this.count('tile');
        if (this.ledger.bedAt(deviceId, atMs) !== bed) this.isWrong(`tile of ${bed}: ${deviceId} at ${atMs}`);
      }
    }
  }

  private async found(): Promise<Found> {
    const { ledger, platform } = this;
    const places = new Map<number, (string | null)[]>();
    const note = (value: number, at: string | null): void => {
      const n = Math.round((value % 1) * READINGS_MAX);
      places.set(n, [...(places.get(n) ?? []), at]);
    };
    const all = { metric: 'heartRate' as MetricName, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, everyMs: 0, limit: READINGS_MAX };
    for (const bed of BEDS) {
      for (const { value } of await platform.history.read({ ...all, bedId: bed as BedId })) note(value!, bed);
    }
    const inTray = await this.inTray(all);
    let [lost, doubled] = [0, 0];
    for (const { n, device, atMs } of ledger.measured) {
      const at = [...(places.get(n) ?? []), ...(inTray.has(n) ? [null] : [])];
      const said = `${n} of ${device} at ${atMs}, of ${ledger.bedAt(device, atMs)}`;
      if (at.length === 0) this.example(`lost: ${said}`, (lost += 1));
      else if (at.length > 1) this.example(`doubled: ${said}: ${at.join(' ')}`, (doubled += 1));
      else if (at[0] !== ledger.bedAt(device, atMs)) this.isWrong(`${said}: is at ${at[0]}`);
    }
    await this.lookAtPatients();
    this.lookAtAlarms();
    const done = Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    const found = { wrong: this.wrong, lost, doubled, readings: ledger.measured.length, inTray: inTray.size };
    return { ...found, done: { ...done, crashes: platform.crashes, readdressed: this.passedOn() }, examples: this.examples };
  }

  /** Held, or taken out of every bed by a correction. */
  private async inTray(all: {
    metric: MetricName;
    fromMs: number;
    toMs: number;
    everyMs: number;
    limit: number;
  }): Promise<Set<number>> {
    const { stores, history } = this.platform;
    const found = new Set<number>();
    const note = (value: unknown): void => void found.add(Math.round(((value as number) % 1) * READINGS_MAX));
    for (const device of DEVICES) {
      const held = await stores.heldMessages.take(device as DeviceId, { fromMs: 0, toMs: null }, READINGS_MAX);
      for (const message of held) if (message.kind === 'deviceMessage') note(message.readings[0]!.value);
      for (const { value } of await history.read({ ...all, bedId: `device:${device}` as BedId })) note(value);
    }
    return found;
  }

  /** The store's own answer to whose each reading of each bed is. */
  private async lookAtPatients(): Promise<void> {
    const { ledger, platform } = this;
    for (const bed of BEDS) {
      const stays = await platform.stores.careRelations.staysIn(bed as BedId, 0, Number.MAX_SAFE_INTEGER);
      for (const { device, atMs } of ledger.measured) {
        if (ledger.bedAt(device, atMs) !== bed) continue;
        const stay = stays.find(
          ({ admittedMs, dischargedMs }) => atMs >= admittedMs && (dischargedMs === null || atMs < dischargedMs),
        );
        if ((stay?.patientId ?? null) !== ledger.patientAt(bed, atMs)) this.isWrong(`patient of ${bed} at ${atMs}`);
      }
    }
  }

  /** What the engine makes of the log: no reading raises an alarm at a bed of which nobody has ever said that it was its. */
  private lookAtAlarms(): void {
    const named = new Map(this.ledger.measured.map((each) => [`${each.device}/${each.atMs}`, each]));
    for (const events of this.platform.onLog) {
      for (const { transition } of step(emptyPartition(), events).effects) {
        if (transition.ruleId !== 'hr' || transition.cause !== 'onset') continue;
        const { bedId, trigger } = transition;
        const reading = named.get(`${trigger?.deviceId}/${trigger?.deviceAtMs}`);
        this.count('alarm');
        if (reading?.said.has(bedId) !== true)
          this.isWrong(`alarm at ${bedId} by ${trigger?.deviceId} at ${trigger?.deviceAtMs}`);
      }
    }
  }

  private passedOn(): number {
    return this.platform.onLog.flat().filter((event) => event.kind === 'deviceMessage' && event.readdressed !== undefined).length;
  }

  private isWrong(what: string): void {
    this.example(`wrong: ${what}`, (this.wrong += 1));
  }

  private example(what: string, count: number): void {
    if (count <= 5) this.examples.push(what);
  }

  private count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  private who() {
    const audit = auditEntry({ actor: 'staff:amy', action: 'test', object: 'test', outcome: 'allowed' });
    return { audit, nowMs: this.nowMs, wallMs: Math.round(this.platform.clock.wallMs()) };
  }

  private change(): Change {
    return { ...this.who(), commandId: randomUUID() as never, by: 'amy' as never, source: 'person', sourceRef: null };
  }
}
