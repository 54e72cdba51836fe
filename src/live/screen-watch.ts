import {
  type CareUnitId,
  ClientHealth,
  type ConfigChanged,
  type DeviceStatus,
  type Join,
  LIMITS_OFF_ROWS_MAX,
  type LimitsOffBoard,
  type UnitPresence,
} from '@vigil/contracts';
import type { Metrics } from '../health/metrics.js';
import type { ScreenHealth } from '../health/screen-health.js';
import type { SiteProcesses } from '../health/site-processes.js';
import type { AppClock } from '../ports/app-clock.js';
import type { AudioPauses } from '../ports/audio-pauses.js';
import type { Fleet } from '../ports/fleet.js';
import type { LimitsOffNow } from '../ports/limits-off-now.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Once } from '../ports/once.js';
import type { OnCallTroubles } from '../ports/on-call-troubles.js';
import type { StationWatches } from '../ports/station-watches.js';
import type { BedIndex } from './bed-index.js';
import { type ConfigMarks, ConfigNews } from './config-news.js';
import { ScreenMetrics } from './screen-metrics.js';
import { ScreensEverywhere } from './screens-everywhere.js';
import { Screens, WORD_EVERY_MS_MIN } from './screens.js';
import { type LiveNamespace, type LiveSocket, roomOf, unitsOf } from './sockets.js';
import { StationWatcher } from './station-watcher.js';
import { UnitCast } from './unit-cast.js';
import { changedDevices, UnitDevices } from './unit-devices.js';
import { UnitTrends } from './unit-trends.js';

/** Steady time between two messages of one kind to the screens of a care unit, at least. */
const PRESENCE_EVERY_MS = 1_000;
const DEVICES_EVERY_MS = 1_000;
const BOARD_EVERY_MS = 200;
/** Between two looks for what nobody tells of: what ends by itself, and what another process did. */
const BOARD_LOOK_MS = 2_000;
const SLOW_LOOK_MS = 5_000;

export interface ScreenWatchParts {
  readonly clock: AppClock;
  readonly index: BedIndex;
  readonly stations: StationWatches;
  readonly troubles: OnCallTroubles;
  readonly limitsOff: LimitsOffNow;
  readonly audioPauses: AudioPauses;
  readonly fleet: Fleet;
  readonly observations: ObservationStore;
  readonly marks: ConfigMarks;
  readonly metrics: Metrics;
  readonly health: ScreenHealth;
  readonly processes: SiteProcesses;
  readonly once: Once;
  readonly onOutage: (error: unknown) => void;
}

/** What screens say of themselves, and what all screens of a care unit show beside beds and alarms (ADR 0072). */
export class ScreenWatch {
  private readonly screens = new Screens();
  private readonly stations: StationWatcher;
  private readonly presence: UnitCast<UnitPresence>;
  private readonly boards: UnitCast<LimitsOffBoard>;
  private readonly devices: UnitCast<DeviceStatus>;
  private readonly trends: UnitTrends;
  private readonly config: ConfigNews;
  private readonly metrics: ScreenMetrics;
  private readonly cancels: (() => void)[] = [];
  private lookedMs = { board: 0, slow: 0 };

  constructor(
    private readonly io: LiveNamespace,
    private readonly parts: ScreenWatchParts,
  ) {
    const { clock, index, stations, troubles, limitsOff, fleet, observations, marks, onOutage } = parts;
    const shared = { steadyMs: this.nowMs, failed: onOutage };
    const everywhere = new ScreensEverywhere(this.screens, parts.processes, this.nowMs);
    this.stations = new StationWatcher(everywhere, stations, troubles, clock, parts.once);
    this.metrics = new ScreenMetrics(parts.metrics.registry, this.screens, () => this.stations.missed(), this.nowMs);
    this.presence = new UnitCast({
      ...{ ...shared, everyMs: PRESENCE_EVERY_MS },
      now: (careUnitId) => this.stations.presence(careUnitId),
      send: (careUnitId, message) => void this.to(careUnitId).emit('presence', message),
    });
    this.boards = new UnitCast({
      ...{ ...shared, everyMs: BOARD_EVERY_MS },
      now: async (careUnitId) => {
        const rows = await limitsOff.rows(careUnitId);
        return { careUnitId, rows: rows.slice(0, LIMITS_OFF_ROWS_MAX), cut: rows.length > LIMITS_OFF_ROWS_MAX };
      },
      send: (careUnitId, message) => void this.to(careUnitId).emit('limitsOff.board', message),
    });
    const unitDevices = new UnitDevices(fleet, clock);
    this.devices = new UnitCast({
      ...{ ...shared, everyMs: DEVICES_EVERY_MS },
      now: (careUnitId) => unitDevices.of(careUnitId),
      send: (careUnitId, message, before) => this.sendDevices(changedDevices(message, before)),
    });
    this.trends = new UnitTrends(observations, index, clock);
    this.config = new ConfigNews(marks, (message) => this.configChanged(message));
  }

  start(): void {
    const { stations, audioPauses } = this.parts;
    this.cancels.push(
      stations.onChange(() => {
        this.stations.readAgain();
        this.boards.everywhere();
      }),
      audioPauses.onChange((careUnitId) => this.boards.changed(careUnitId)),
    );
  }

  stop(): void {
    for (const cancel of this.cancels.splice(0)) cancel();
  }

  /** Listens for what a page says of itself. It is believed of itself alone: whose it is and where, its line tells. */
  connected(socket: LiveSocket): void {
    let heardMs = Number.NEGATIVE_INFINITY;
    socket.on('client.health', (raw: unknown) => {
      // Before it is read: whoever says too much costs alarms no time.
      const nowMs = this.nowMs();
      if (nowMs - heardMs < WORD_EVERY_MS_MIN) return this.metrics.word('passed-over');
      heardMs = nowMs;
      const said = ClientHealth.safeParse(raw);
      if (!said.success) return this.metrics.word('invalid');
      const who = { stationId: socket.data.caller.stationId ?? null, careUnitIds: new Set(unitsOf(socket)) };
      const isTaken = who.careUnitIds.size > 0 && this.screens.said(socket.id, who, said.data, nowMs);
      this.metrics.word(isTaken ? 'taken' : 'passed-over', said.data);
    });
    socket.on('disconnect', () => this.screens.left(socket.id));
  }

  /** A screen has joined the alarms of a care unit. Whatever comes from slow stores comes when it comes. */
  joinedAlarms(socket: LiveSocket, { careUnitId, since }: Join): void {
    const { onOutage } = this.parts;
    void this.presence.join(careUnitId, (message) => void socket.emit('presence', message)).catch(onOutage);
    void this.boards.join(careUnitId, (message) => void socket.emit('limitsOff.board', message)).catch(onOutage);
    void this.devices.join(careUnitId, (message) => void socket.emit('device.status', message)).catch(onOutage);
    // It was away, perhaps over a start of the platform with another configuration: nobody knows what it missed.
    if (since !== undefined) for (const what of CONFIG) socket.emit('config.changed', { what });
  }

  /** A screen has joined the values of a care unit: its small curves follow. */
  joinedVitals(socket: LiveSocket, { careUnitId }: Join): void {
    const fromMs = this.nowMs();
    this.trends.of(careUnitId).then((trends) => {
      // Whoever left the room meanwhile may not look any more.
      if (socket.disconnected || !socket.rooms.has(roomOf(careUnitId))) return;
      socket.emit('careUnit.trends', trends);
      this.metrics.trendsSent(this.nowMs() - fromMs);
    }, this.parts.onOutage);
  }

  /** By something at these beds, a care unit may alarm otherwise than before. */
  bedsChanged(careUnitIds: Iterable<CareUnitId>): void {
    for (const careUnitId of careUnitIds) {
      this.boards.changed(careUnitId);
      this.devices.changed(careUnitId);
    }
  }

  /** Once a second. */
  tick(): void {
    const { health, onOutage } = this.parts;
    void this.stations.look().catch(onOutage);
    health.say(this.stations.missed());
    this.presence.everywhere();
    const nowMs = this.nowMs();
    if (nowMs - this.lookedMs.board >= BOARD_LOOK_MS) {
      this.lookedMs.board = nowMs;
      this.boards.everywhere();
    }
    if (nowMs - this.lookedMs.slow < SLOW_LOOK_MS) return;
    this.lookedMs.slow = nowMs;
    this.devices.everywhere();
    void this.config.look().catch(onOutage);
  }

  /** What is due by now goes out. */
  flush(): void {
    const isWatched = (careUnitId: CareUnitId): boolean => this.io.adapter.rooms.has(roomOf(careUnitId));
    for (const cast of [this.presence, this.boards, this.devices]) cast.runDue(isWatched);
  }

  private sendDevices(message: DeviceStatus): void {
    if (message.devices.length > 0) this.to(message.careUnitId).emit('device.status', message);
  }

  private configChanged(message: ConfigChanged): void {
    this.io.emit('config.changed', message);
  }

  private to(careUnitId: CareUnitId) {
    return this.io.to(roomOf(careUnitId));
  }

  private readonly nowMs = (): number => this.parts.clock.steady().atMs;
}

const CONFIG: readonly ConfigChanged['what'][] = ['display', 'rules', 'policy', 'on-call', 'places'];
