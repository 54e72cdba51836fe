import {
  AlarmEvent,
  AlarmSnapshot,
  type AlarmView,
  AssignmentEvent,
  CareUnitDelta,
  type CareUnitId,
  CareUnitSnapshot,
  Hello,
  LiveTick,
} from '@vigil/contracts';
import type { z } from 'zod';
import { alarmsOf, type AlarmState, applyAlarmEvent, applyAnswer, fromAlarmSnapshot, NO_ALARMS } from '../model/alarm-store.js';
import { ranked } from '../model/alarm-order.js';
import { type Channel, type Liveness, NOTHING_LIVE, type Picture, picture, synced, ticked } from '../model/liveness.js';
import { type Now, ServerClock } from '../model/server-clock.js';
import { Signal } from '../model/signal.js';
import { applyAssignment, applyDelta, fromSnapshot, type UnitState } from '../model/unit-state.js';
import { LiveChannel } from './channel.js';
import { Commands } from './commands.js';
import { Painter } from './painter.js';

/** A jump of the local clock against the monotonic one by so much means that the machine slept. */
const SLEPT_MS = 3_000;

export type Refusal = 'forbidden' | 'unknown-care-unit' | 'invalid';

/** The slow facts about the picture that the shell shows as banners. */
export interface Health {
  readonly demo: boolean;
  readonly processing: boolean;
  readonly rate: number;
}

/**
 * What a station knows of one care unit, kept from the live channel. Screens read the signals; numbers are read by
 * the painter straight from `readings()`.
 */
export class Station {
  readonly picture = new Signal<Picture>({ kind: 'connecting' });
  readonly unit = new Signal<UnitState | null>(null);
  /** Replaced with every delta, and therefore not subscribed to by any component. */
  private latest: UnitState | null = null;
  readonly alarms = new Signal<readonly AlarmView[]>([]);
  readonly health = new Signal<Health>({ demo: false, processing: true, rate: 1 });
  readonly refusal = new Signal<Refusal | null>(null);
  readonly painter = new Painter(
    () => this.liveNow(),
    () => this.judge(),
  );
  readonly commands = new Commands((alarm) => this.answered(alarm));

  private readonly clock = new ServerClock();
  private liveness: Liveness = NOTHING_LIVE;
  private alarmState: AlarmState = NO_ALARMS;
  private hasAlarms = false;
  private localOffsetMs = Date.now() - performance.now();
  private readonly channels: Record<Channel, LiveChannel>;

  constructor(
    readonly careUnitId: CareUnitId,
    private readonly sessionLost: () => void,
    /** This screen is a station: its picture does not depend on who is signed in. */
    private readonly asStation = false,
  ) {
    const since = (): { since?: number } => (this.hasAlarms ? { since: this.alarmState.cursor } : {});
    this.channels = {
      alarms: this.channel('alarms', since),
      vitals: this.channel('vitals', () => ({})),
    };
    this.listen();
  }

  start(): void {
    document.addEventListener('visibilitychange', this.onVisible);
    this.channels.alarms.open();
    this.channels.vitals.open();
    this.painter.start();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisible);
    this.painter.stop();
    this.channels.alarms.close();
    this.channels.vitals.close();
  }

  /** Server time, live or not; null before the first tick. For clocks, never for values. */
  now(): Now | null {
    return this.clock.at(performance.now());
  }

  /** Server time while the picture is live. */
  liveNow(): Now | null {
    return this.picture.get().kind === 'live' ? this.now() : null;
  }

  /** The readings as of the last delta. */
  readings(): UnitState | null {
    return this.latest;
  }

  private channel(name: Channel, more: () => { since?: number }): LiveChannel {
    const events = {
      joined: (withSince: boolean) => {
        this.refusal.set(null);
        if (withSince) this.liveness = synced(this.liveness, name, true);
      },
      refused: (reason: Refusal) => this.refusal.set(reason),
      dropped: () => {
        this.liveness = synced(this.liveness, name, false);
      },
      turnedAway: () => this.sessionLost(),
    };
    return new LiveChannel(name, () => ({ careUnitId: this.careUnitId, ...more() }), events, this.asStation);
  }

  private listen(): void {
    for (const name of ['alarms', 'vitals'] as const) {
      this.on(name, 'hello', Hello, (hello) => {
        this.clock.observe(hello, performance.now());
        this.setHealth({ demo: hello.demo, rate: hello.rate });
      });
      this.on(name, 'tick', LiveTick, (tick) => this.onTick(name, tick));
    }
    this.on('vitals', 'careUnit.snapshot', CareUnitSnapshot, (snapshot) => {
      if (snapshot.careUnitId !== this.careUnitId) return;
      this.setUnit(fromSnapshot(snapshot));
      this.liveness = synced(this.liveness, 'vitals', true);
    });
    this.on('vitals', 'careUnit.delta', CareUnitDelta, (delta) => this.onDelta(delta));
    this.on('alarms', 'alarm.snapshot', AlarmSnapshot, (snapshot) => {
      if (snapshot.careUnitId !== this.careUnitId) return;
      this.hasAlarms = true;
      this.setAlarms(fromAlarmSnapshot(snapshot));
      this.liveness = synced(this.liveness, 'alarms', true);
    });
    this.on('alarms', 'alarm.event', AlarmEvent, (event) => this.onAlarm(event));
    this.on('alarms', 'assignment.event', AssignmentEvent, ({ careUnitId, bed }) => {
      if (careUnitId === this.careUnitId && this.latest) this.setUnit(applyAssignment(this.latest, bed));
    });
  }

  /** A message that is not what the contract says cannot be trusted in part: the channel starts anew. */
  private on<T>(name: Channel, event: string, schema: z.ZodType<T>, handle: (message: T) => void): void {
    this.channels[name].socket.on(event, (raw: unknown) => {
      const parsed = schema.safeParse(raw);
      if (parsed.success) handle(parsed.data);
      else this.channels[name].resync();
    });
  }

  private onTick(name: Channel, tick: LiveTick): void {
    this.clock.observe(tick, performance.now());
    this.liveness = ticked(this.liveness, name, tick.serverWallMs);
    this.setHealth({ processing: tick.processing, rate: tick.rate });
    this.painter.soon();
  }

  private onDelta(delta: CareUnitDelta): void {
    if (!this.latest || delta.careUnitId !== this.careUnitId) return;
    const outcome = applyDelta(this.latest, delta);
    if (outcome.kind === 'gap') this.channels.vitals.resync();
    if (outcome.kind !== 'applied') return;
    const bedsChanged = [...outcome.state.beds].some(([id, bed]) => this.latest?.beds.get(id) !== bed);
    this.latest = outcome.state;
    if (bedsChanged) this.unit.set(outcome.state);
    this.painter.soon();
  }

  private onAlarm(event: AlarmEvent): void {
    if (event.careUnitId !== this.careUnitId || !this.hasAlarms) return;
    this.setAlarms(applyAlarmEvent(this.alarmState, event));
  }

  private answered(alarm: AlarmView): void {
    this.setAlarms(applyAnswer(this.alarmState, alarm));
  }

  private setAlarms(state: AlarmState): void {
    for (const [id, { alarm }] of state.alarms) this.commands.echoed(this.alarmState.alarms.get(id)?.alarm, alarm);
    this.alarmState = state;
    this.alarms.set(ranked(alarmsOf(state)));
    this.painter.soon();
  }

  private setUnit(state: UnitState): void {
    this.latest = state;
    this.unit.set(state);
    this.painter.soon();
  }

  private setHealth(change: Partial<Health>): void {
    const before = this.health.get();
    const after = { ...before, ...change };
    if (before.demo !== after.demo || before.processing !== after.processing || before.rate !== after.rate)
      this.health.set(after);
  }

  /** Runs before every paint, so nothing is painted as live that is not. */
  private judge(): void {
    this.noticeSleep();
    const next = picture(this.liveness, this.now()?.wallMs ?? null);
    const before = this.picture.get();
    if (
      next.kind !== before.kind ||
      (next.kind === 'lost' && before.kind === 'lost' && next.sinceWallMs !== before.sinceWallMs)
    ) {
      /* Once there was a picture, a new start is an outage and never looks like the first load. */
      if (next.kind !== 'connecting' || before.kind === 'connecting') this.picture.set(next);
    }
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') this.painter.paint();
  };

  /** After a sleep: blank, ask anew, then show (HZ-D10). What was buffered meanwhile is never painted as live. */
  private noticeSleep(): void {
    const offsetMs = Date.now() - performance.now();
    const sleptMs = offsetMs - this.localOffsetMs;
    this.localOffsetMs = offsetMs;
    if (sleptMs > SLEPT_MS) this.wake();
  }

  private wake(): void {
    const before = this.picture.get();
    const sinceWallMs = this.now()?.wallMs ?? Date.now();
    this.clock.forget();
    this.liveness = NOTHING_LIVE;
    if (before.kind === 'live') this.picture.set({ kind: 'lost', sinceWallMs });
    this.channels.alarms.resync();
    this.channels.vitals.resync();
  }
}
