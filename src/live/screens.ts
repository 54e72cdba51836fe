import { type CareUnitId, type ClientHealth, SCREEN_SILENT_MS, type ScreenSound, type ScreenState } from '@vigil/contracts';

/** A word sooner than this after the last says nothing new and is passed over; screens say one every five seconds. */
export const WORD_EVERY_MS_MIN = 1_000;
/** A screen whose newest tick is older than that shows no picture of now, whatever else it says. */
const TICK_AGE_MS_MAX = 5_000;
/** Bounded by the lines that the live channel has; this is only what a fault of ours would reach. */
const SCREENS_MAX = 10_000;

/** What one line said of its own page last. Steady time. */
interface Screen {
  readonly stationId: string | null;
  readonly careUnitIds: ReadonlySet<CareUnitId>;
  readonly health: ClientHealth;
  readonly saidMs: number;
  /** When it last said that it draws; null: never. */
  readonly drewMs: number | null;
}

/** The screens of one station as one: the best of them counts. */
export interface StationSeen {
  readonly state: ScreenState;
  readonly sound: ScreenSound | null;
  /** Steady time of the newest word by which one of them draws; null: none has. */
  readonly drewMs: number | null;
}

export const GONE: StationSeen = { state: 'silent', sound: null, drewMs: null };
const RANK: Readonly<Record<ScreenState, number>> = { drawing: 2, hidden: 1, silent: 0 };

/**
 * The newest word of each page that looks at beds: what it says of itself and of nothing else. A page counts for the care units
 * that its line has joined, and for the station whose token opened the line; neither is taken from what it says. In memory.
 */
export class Screens {
  private readonly byLine = new Map<string, Screen>();

  /** @returns false where it was passed over: too soon after the last, or too many */
  said(line: string, who: Pick<Screen, 'stationId' | 'careUnitIds'>, health: ClientHealth, nowMs: number): boolean {
    const known = this.byLine.get(line);
    if (known !== undefined && nowMs - known.saidMs < WORD_EVERY_MS_MIN) return false;
    if (known === undefined && this.byLine.size >= SCREENS_MAX) return false;
    const state = stateOf(health);
    this.byLine.set(line, {
      ...who,
      ...{ health, saidMs: nowMs },
      drewMs: state === 'drawing' ? nowMs : (known?.drewMs ?? null),
    });
    return true;
  }

  left(line: string): void {
    this.byLine.delete(line);
  }

  /** Of each station with a line that has said anything. */
  stations(nowMs: number): ReadonlyMap<string, StationSeen> {
    const seen = new Map<string, StationSeen>();
    for (const screen of this.byLine.values()) {
      if (screen.stationId === null) continue;
      const state = stateNow(screen, nowMs);
      const best = seen.get(screen.stationId) ?? GONE;
      seen.set(screen.stationId, better(best, { state, sound: screen.health.sound, drewMs: screen.drewMs }));
    }
    return seen;
  }

  /** Pages of persons that draw this care unit. */
  others(careUnitId: CareUnitId, nowMs: number): number {
    let count = 0;
    for (const screen of this.byLine.values()) {
      if (screen.stationId === null && screen.careUnitIds.has(careUnitId) && stateNow(screen, nowMs) === 'drawing') count += 1;
    }
    return count;
  }

  /** The same of each care unit that any of them has joined. */
  othersByUnit(nowMs: number): ReadonlyMap<CareUnitId, number> {
    const units = new Set([...this.byLine.values()].flatMap(({ careUnitIds }) => [...careUnitIds]));
    return new Map([...units].map((careUnitId) => [careUnitId, this.others(careUnitId, nowMs)]));
  }

  /** One row for each page that has said anything. */
  rows(nowMs: number): { readonly kind: 'station' | 'person'; readonly state: ScreenState; readonly sound: ScreenSound }[] {
    return [...this.byLine.values()].map((screen) => ({
      kind: screen.stationId === null ? ('person' as const) : ('station' as const),
      state: stateNow(screen, nowMs),
      sound: screen.health.sound,
    }));
  }
}

/** Of two that draw, the one that can be heard: of a station's tabs one sounds. */
export function better(best: StationSeen, { state, sound, drewMs }: StationSeen): StationSeen {
  const isBetter = RANK[state] > RANK[best.state] || (state === best.state && (sound === 'on' || best.sound === null));
  return { ...(isBetter ? { state, sound } : best), drewMs: later(best.drewMs, drewMs) };
}

const later = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.max(a, b));

/** As it says itself. */
function stateOf({ live, visible, tickAgeMs }: ClientHealth): ScreenState {
  if (!live || tickAgeMs === null || tickAgeMs > TICK_AGE_MS_MAX) return 'silent';
  return visible ? 'drawing' : 'hidden';
}

const stateNow = ({ health, saidMs }: Screen, nowMs: number): ScreenState =>
  nowMs - saidMs > SCREEN_SILENT_MS ? 'silent' : stateOf(health);
