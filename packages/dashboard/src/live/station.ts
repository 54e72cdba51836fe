import {
  AlarmEvent,
  type AlarmView,
  AssignmentEvent,
  type CareUnitDelta,
  type CareUnitId,
  type ClientHealth,
  Hello,
  LiveTick,
} from '@vigil/contracts';
import { alarmsOf, type AlarmState, applyAlarmEvent, applyAnswer, fromAlarmSnapshot, NO_ALARMS } from '../model/alarm-store.js';
import { ranked } from '../model/alarm-order.js';
import type { AlarmMap } from '../model/away.js';
import type { Channel, Picture } from '../model/liveness.js';
import type { Now } from '../model/server-clock.js';
import { siftAlarms, siftDelta, siftUnit } from '../model/sift.js';
import { isPictureWhole } from '../model/picture-loss.js';
import { Signal } from '../model/signal.js';
import { display } from '../model/display.js';
import { withNames } from '../model/station-names.js';
import { applyAssignment, applyDelta, fromSnapshot, type UnitState } from '../model/unit-state.js';
import { AlarmSound } from './alarm-sound.js';
import type { AwayWatch } from './away-watch.js';
import { LiveChannel } from './channel.js';
import { Commands } from './commands.js';
import { deadMan } from './dead-man.js';
import { browserId, HealthReporter } from './health-reporter.js';
import { LivePicture } from './live-picture.js';
import { Painter } from './painter.js';
import { Reader } from './reader.js';
import { StationFeeds } from './station-feeds.js';

export type Refusal = 'forbidden' | 'unknown-care-unit' | 'invalid';

/** The slow facts about the picture that the shell shows as banners. */
export interface Health {
  readonly demo: boolean;
  readonly processing: boolean;
  readonly rate: number;
  /** The server has been renewed since this page was loaded. */
  readonly updateWaiting: boolean;
  /** By how much the clock of this machine is ahead of the server's, in whole seconds. */
  readonly skewS: number;
  /** A message of the server can't be read at all: this page or the server is of another version. */
  readonly unlike: boolean;
}

/** What this screen is like before the server has said anything. */
const UNKNOWN: Health = { demo: false, processing: true, rate: 1, updateWaiting: false, skewS: 0, unlike: false };

/**
 * What a station knows of one care unit, kept from the live channel. Screens read the signals; numbers are read by
 * the painter straight from `readings()`.
 */
export class Station {
  private readonly live = new LivePicture({
    alarms: () => this.alarmMap(),
    revive: () => this.both((channel) => channel.revive()),
    resync: () => this.both((channel) => channel.resync()),
    live: (now) => this.onLive(now),
  });
  readonly picture: Signal<Picture> = this.live.picture;
  /** What came about while the picture was not live, until a person has dismissed it. */
  readonly absence: AwayWatch = this.live.absence;
  readonly unit = new Signal<UnitState | null>(null);
  /** Replaced with every delta, and therefore not subscribed to by any component. */
  private latest: UnitState | null = null;
  readonly alarms = new Signal<readonly AlarmView[]>([]);
  readonly health = new Signal<Health>(UNKNOWN);
  readonly refusal = new Signal<Refusal | null>(null);
  readonly painter = new Painter(
    () => this.liveNow(),
    () => this.live.judge(),
    () => this.drawn(),
  );
  readonly reader = new Reader(
    (name) => this.channels[name],
    () => this.setHealth({ unlike: true }),
  );
  readonly feeds = new StationFeeds();
  readonly sound: AlarmSound;
  readonly commands = new Commands((alarm) => this.answered(alarm));

  private alarmState: AlarmState = NO_ALARMS;
  private hasAlarms = false;
  private buildId: string | null = null;
  private readonly reporter = new HealthReporter(
    () => this.healthFacts(),
    (health) => this.channels.alarms.tell('client.health', health),
  );
  private readonly unsubscribe: () => void;
  private readonly channels: Record<Channel, LiveChannel>;

  constructor(
    readonly careUnitId: CareUnitId,
    private readonly sessionLost: () => void,
    /** This screen is a station: its picture does not depend on who is signed in. */
    private readonly asStation = false,
    /** Of the station, or of this browser where it is none. */
    screen: string = `screen-${browserId()}`,
  ) {
    const alarms = (): readonly AlarmView[] | null => (this.hasAlarms ? this.alarms.get() : null);
    this.sound = new AlarmSound({
      ...{ careUnitId, screen, alarms },
      now: () => this.now(),
      isLive: () => this.liveNow() !== null,
      isWhole: () => {
        const [isLive, isProcessing] = [this.liveNow() !== null, this.health.get().processing];
        return isPictureWhole({ isLive, isProcessing, isRefused: this.refusal.get() !== null, hadPicture: this.hasAlarms });
      },
      tickAgeMs: () => this.live.tickAgeMs(),
    });
    const since = (): { since?: number } => (this.hasAlarms ? { since: this.alarmState.cursor } : {});
    this.channels = {
      alarms: this.channel('alarms', since),
      vitals: this.channel('vitals', () => ({})),
    };
    this.listen();
    this.commands.viewOnly.subscribe(this.showUnit);
    this.unsubscribe = display.subscribe(this.showUnit);
  }

  start(): void {
    document.addEventListener('visibilitychange', this.onVisible);
    document.addEventListener('resume', this.live.resumed);
    document.addEventListener('pointerdown', this.commands.tapped, { capture: true, passive: true });
    this.both((channel) => channel.open());
    this.painter.start();
    this.sound.start();
    this.feeds.limitsOff.subscribe(() => this.onBoard());
    deadMan.arm();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisible);
    document.removeEventListener('resume', this.live.resumed);
    document.removeEventListener('pointerdown', this.commands.tapped, { capture: true });
    deadMan.disarm();
    this.unsubscribe();
    this.painter.stop();
    this.sound.stop();
    this.both((channel) => channel.close());
  }

  /** Server time, live or not; null before the first tick. For clocks, never for values. */
  now(): Now | null {
    return this.live.now();
  }

  /** Server time while the picture is live. */
  liveNow(): Now | null {
    return this.live.isLive() ? this.now() : null;
  }

  /** The readings as of the last delta. */
  readings(): UnitState | null {
    return this.latest;
  }

  private channel(name: Channel, more: () => { since?: number }): LiveChannel {
    const events = {
      joined: (withSince: boolean) => {
        this.refusal.set(null);
        if (withSince) this.live.synced(name, true);
      },
      refused: (reason: Refusal) => this.refusal.set(reason),
      dropped: () => this.live.synced(name, false),
      turnedAway: () => this.sessionLost(),
    };
    return new LiveChannel(name, () => ({ careUnitId: this.careUnitId, ...more() }), events, this.asStation);
  }

  private listen(): void {
    for (const name of ['alarms', 'vitals'] as const) {
      this.reader.on(name, 'hello', Hello, (hello) => {
        this.live.observe(hello);
        this.buildId ??= hello.buildId;
        this.setHealth({ demo: hello.demo, rate: hello.rate, updateWaiting: hello.buildId !== this.buildId });
      });
      this.reader.on(name, 'tick', LiveTick, (tick) => this.onTick(name, tick));
    }
    this.reader.onSifted('vitals', 'careUnit.snapshot', siftUnit, (snapshot) => {
      if (snapshot.careUnitId !== this.careUnitId) return;
      this.setUnit(fromSnapshot(snapshot));
      this.live.synced('vitals', true);
    });
    this.reader.onSifted('vitals', 'careUnit.delta', siftDelta, (delta) => this.onDelta(delta));
    this.reader.onSifted('alarms', 'alarm.snapshot', siftAlarms, (snapshot) => {
      if (snapshot.careUnitId !== this.careUnitId) return;
      this.hasAlarms = true;
      this.setAlarms(fromAlarmSnapshot(snapshot));
      this.live.synced('alarms', true);
    });
    this.reader.on('alarms', 'alarm.event', AlarmEvent, (event) => this.onAlarm(event));
    this.feeds.listen(this.careUnitId, (...of) => this.reader.onExtra(...of));
    this.reader.on('alarms', 'assignment.event', AssignmentEvent, ({ careUnitId, bed }) => {
      if (careUnitId === this.careUnitId && this.latest) this.setUnit(applyAssignment(this.latest, bed));
    });
  }

  private onTick(name: Channel, tick: LiveTick): void {
    this.live.ticked(name, tick);
    this.setHealth({ processing: tick.processing, rate: tick.rate });
    /* Frames do not come in the background, and timers seldom: ticks do. */
    this.sound.update();
    this.painter.soon();
  }

  private onDelta(delta: CareUnitDelta): void {
    if (!this.latest || delta.careUnitId !== this.careUnitId) return;
    const outcome = applyDelta(this.latest, delta);
    if (outcome.kind === 'gap') this.channels.vitals.resync();
    if (outcome.kind !== 'applied') return;
    const bedsChanged = [...outcome.state.beds].some(([id, bed]) => this.latest?.beds.get(id) !== bed);
    this.latest = outcome.state;
    if (bedsChanged) this.showUnit();
    this.painter.soon();
  }

  private onAlarm(event: AlarmEvent): void {
    if (event.careUnitId !== this.careUnitId || !this.hasAlarms) return;
    this.reader.readAlarm(event.alarm.alarmId);
    this.setAlarms(applyAlarmEvent(this.alarmState, event));
  }

  /** What a command was answered with. An alarm of another care unit has its own page and is none of this picture. */
  answered(alarm: AlarmView): void {
    if (alarm.careUnitId !== this.careUnitId) return;
    this.setAlarms(applyAnswer(this.alarmState, alarm));
  }

  private setAlarms(state: AlarmState): void {
    for (const [id, { alarm }] of state.alarms) this.commands.echoed(this.alarmState.alarms.get(id)?.alarm, alarm);
    this.alarmState = state;
    this.alarms.set(ranked(alarmsOf(state)));
    this.sound.update();
    this.painter.soon();
  }

  private setUnit(state: UnitState): void {
    this.latest = state;
    this.showUnit();
    this.painter.soon();
  }

  /** No more of a name than the site allows a station with nobody signed in on it. */
  private readonly showUnit = (): void => {
    if (!this.latest) return;
    this.unit.set(withNames(this.latest, display.get().stationNames, !this.commands.viewOnly.get()));
  };

  private setHealth(change: Partial<Health>): void {
    const before = this.health.get();
    const after = { ...before, ...change };
    const keys = Object.keys(after) as (keyof Health)[];
    if (keys.some((key) => before[key] !== after[key])) this.health.set(after);
  }

  private onLive(now: Now): void {
    const skewS = Math.round((Date.now() - now.wallMs) / 1_000);
    this.setHealth({ unlike: false, ...(Math.abs(skewS - this.health.get().skewS) > 1 ? { skewS } : {}) });
  }

  private both(act: (channel: LiveChannel) => void): void {
    act(this.channels.alarms);
    act(this.channels.vitals);
  }

  private alarmMap(): AlarmMap {
    return new Map(alarmsOf(this.alarmState).map((alarm) => [alarm.alarmId, alarm]));
  }

  private onBoard(): void {
    const board = this.feeds.limitsOff.get();
    if (board) this.sound.board(board);
  }

  private drawn(): void {
    this.sound.update();
    deadMan.alive();
    this.reporter.drawn();
  }

  private healthFacts(): Omit<ClientHealth, 'v' | 'screenId' | 'visible' | 'frameP95Ms'> {
    const waiting = [...this.commands.states.get().values()].filter(({ kind }) => kind === 'sending').length;
    return { tickAgeMs: this.live.tickAgeMs(), live: this.live.isLive(), sound: this.sound.state.get(), waiting };
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') this.painter.paint();
  };
}
