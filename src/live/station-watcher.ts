import type { CareUnitId, EpochMs, ScreenState, ScreenSound, UnitPresence } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import { AlwaysMine, type Once } from '../ports/once.js';
import type { OnCallTroubleNews, OnCallTroubles } from '../ports/on-call-troubles.js';
import type { StationToWatch, StationWatches } from '../ports/station-watches.js';
import { GONE, type Screens } from './screens.js';
import { lookAtStation, newStation, type StationMemory } from './station-watch.js';

/** Steady time between two looks into the store for stations that came, went or were switched off elsewhere. */
const READ_EVERY_MS = 10_000;
/** As a message has them at most. */
const SHOWN_MAX = 64;
const UNIT = 'stations';

interface Watched {
  row: StationToWatch;
  memory: StationMemory;
  state: ScreenState;
  sound: ScreenSound | null;
  /** Wall time since which it is in this state, as far as this process knows. */
  sinceMs: number;
}

/**
 * Misses shared screens that have stopped to draw (ADR 0072). What a screen says comes in by `Screens`; each second every station is
 * looked at, and what changed becomes an alarm of its care unit. What has been told is in the store, so a restart neither
 * forgets an alarm nor tells it twice; while the store is away the looks go on and are told afterwards.
 */
export class StationWatcher {
  private readonly byId = new Map<string, Watched>();
  /** What the store has; null before it was read. */
  private told: Map<string, Omit<OnCallTroubleNews, 'active'>> | null = null;
  private readMs = Number.NEGATIVE_INFINITY;
  private work: Promise<void> | null = null;

  constructor(
    private readonly screens: Pick<Screens, 'stations' | 'others'>,
    private readonly stations: StationWatches,
    private readonly troubles: OnCallTroubles,
    private readonly clock: AppClock,
    private readonly once: Once = new AlwaysMine(),
  ) {}

  /** The stations are read anew with the next look. */
  readAgain(): void {
    this.readMs = Number.NEGATIVE_INFINITY;
  }

  /** One look; what is to be stored goes on by itself, one after another. @throws PlatformError('store-unavailable') */
  async look(): Promise<void> {
    this.step();
    this.work ??= this.store().finally(() => (this.work = null));
    await this.work;
  }

  /** Stations that are missed. */
  missed(): number {
    return [...this.byId.values()].filter(({ memory }) => memory.isSilent).length;
  }

  presence(careUnitId: CareUnitId): UnitPresence {
    const wallMs = this.clock.wallMs();
    const stations = this.of(careUnitId)
      .slice(0, SHOWN_MAX)
      .map(({ row, state, sound, sinceMs }) => ({
        ...{ stationId: row.stationId, label: row.label, state, sound, sinceMs: sinceMs as EpochMs },
        ...(isOff(row, wallMs) ? { offUntilMs: row.off!.untilMs } : {}),
      }));
    const others = this.screens.others(careUnitId, this.clock.steady().atMs);
    return { careUnitId, stations, others, unwatched: this.isUnwatched(careUnitId) };
  }

  /** It has stations that are expected to draw, and every one of them is missed. */
  isUnwatched(careUnitId: CareUnitId): boolean {
    const expected = this.of(careUnitId).filter(({ memory }) => memory.hasDrawn && !memory.isOff);
    return expected.length > 0 && expected.every(({ memory }) => memory.isSilent);
  }

  private of(careUnitId: CareUnitId): readonly Watched[] {
    return [...this.byId.values()].filter(({ row }) => row.careUnitId === careUnitId);
  }

  private step(): void {
    const nowMs = this.clock.steady().atMs;
    const wallMs = this.clock.wallMs();
    const seen = this.screens.stations(nowMs);
    for (const stationId of seen.keys()) if (!this.byId.has(stationId)) this.readAgain();
    for (const [stationId, station] of this.byId) {
      const now = seen.get(stationId) ?? GONE;
      station.memory = lookAtStation(station.memory, now, isOff(station.row, wallMs), nowMs);
      if (station.state !== now.state) station.sinceMs = wallMs;
      station.state = now.state;
      station.sound = now.sound;
    }
  }

  private async store(): Promise<void> {
    const nowMs = this.clock.steady().atMs;
    const tells = this.once.isMine('stations');
    // Somebody else tells, and changes what the store has.
    if (!tells) this.told = null;
    this.told ??= await this.readTold();
    if (nowMs - this.readMs >= READ_EVERY_MS) {
      // Before the answer, so that what changes meanwhile is read again.
      this.readMs = nowMs;
      this.take(
        await this.stations.all().catch((error: unknown) => {
          this.readAgain();
          throw error;
        }),
      );
    }
    if (!tells) return;
    await this.keepFirstDrawn();
    await this.tell(this.told);
  }

  private async readTold(): Promise<Map<string, Omit<OnCallTroubleNews, 'active'>>> {
    const held = await this.troubles.holding();
    const ours = held.filter(({ trouble }) => trouble === 'stationSilent' || trouble === 'unitUnwatched');
    return new Map(
      ours.map(({ careUnitId, trouble, subject }) => [keyOf({ careUnitId, trouble, subject }), { careUnitId, trouble, subject }]),
    );
  }

  private take(rows: readonly StationToWatch[]): void {
    const nowMs = this.clock.steady().atMs;
    const wallMs = this.clock.wallMs();
    const ids = new Set(rows.map(({ stationId }) => stationId));
    for (const stationId of this.byId.keys()) if (!ids.has(stationId)) this.byId.delete(stationId);
    for (const row of rows) {
      const known = this.byId.get(row.stationId);
      if (known !== undefined) {
        known.row = row;
        continue;
      }
      const isSilent = this.told!.has(keyOf(silenceOf(row)));
      const memory = newStation({ hasDrawn: row.hasDrawn, isSilent }, nowMs);
      this.byId.set(row.stationId, { row, memory, state: 'silent', sound: null, sinceMs: wallMs });
    }
    // What has already said something is looked at now, and not a second later.
    this.step();
  }

  private async keepFirstDrawn(): Promise<void> {
    const first = [...this.byId.values()].filter(({ row, memory }) => memory.hasDrawn && !row.hasDrawn);
    if (first.length === 0) return;
    await this.stations.drew(
      first.map(({ row }) => row.stationId),
      this.clock.wallMs(),
    );
    for (const station of first) station.row = { ...station.row, hasDrawn: true };
  }

  private async tell(told: Map<string, Omit<OnCallTroubleNews, 'active'>>): Promise<void> {
    const holds = this.holding();
    const begun = [...holds].filter(([key]) => !told.has(key)).map(([, each]) => ({ ...each, active: true }));
    const over = [...told].filter(([key]) => !holds.has(key)).map(([, each]) => ({ ...each, active: false }));
    if (begun.length + over.length === 0) return;
    await this.troubles.tell([...begun, ...over]);
    told.clear();
    for (const [key, each] of holds) told.set(key, each);
  }

  private holding(): Map<string, Omit<OnCallTroubleNews, 'active'>> {
    const silent = [...this.byId.values()].filter(({ memory }) => memory.isSilent).map(({ row }) => silenceOf(row));
    const careUnitIds = new Set(silent.map(({ careUnitId }) => careUnitId));
    const unwatched = [...careUnitIds]
      .filter((careUnitId) => this.isUnwatched(careUnitId))
      .map((careUnitId) => ({ careUnitId, trouble: 'unitUnwatched' as const, subject: UNIT }));
    return new Map([...silent, ...unwatched].map((each) => [keyOf(each), each]));
  }
}

const silenceOf = ({ careUnitId, stationId }: StationToWatch) => ({
  ...{ careUnitId, trouble: 'stationSilent' as const, subject: `station:${stationId}` },
});
const keyOf = ({ careUnitId, trouble, subject }: Omit<OnCallTroubleNews, 'active'>): string =>
  `${careUnitId}/${trouble}/${subject}`;

const isOff = ({ off }: StationToWatch, wallMs: number): boolean => off !== null && off.fromMs <= wallMs && wallMs < off.untilMs;
