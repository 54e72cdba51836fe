import type { Server as HttpServer } from 'node:http';
import type { Cancel } from '@vigil/clock';
import { type BedId, type BedView, EpochMs, type Hello, LIVE_NAMESPACES, type LiveTick } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Server } from 'socket.io';
import type { Sessions } from '../access/sessions.js';
import type { Metrics } from '../health/metrics.js';
import type { Readiness } from '../health/readiness.js';
import type { AlarmFeed } from '../ports/alarm-state.js';
import type { BedRow, Directory } from '../ports/directory.js';
import type { ServerConfig } from '../server-config.js';
import { AlarmsNamespace } from './alarms-namespace.js';
import { bedView } from './bed-view.js';
import { callerOf } from './handshake.js';
import type { LiveParts } from './live-parts.js';
import { ScreenWatch, type ScreenWatchParts } from './screen-watch.js';
import { MESSAGE_BYTES_MAX, SocketLimits } from './socket-limits.js';
import { cutLine, type LiveServer, type LiveSocket, waitingPackets, WAITING_PACKETS_MAX } from './sockets.js';
import { VitalsNamespace } from './vitals-namespace.js';

export const TICK_EVERY_MS = 1_000;
export const FLUSH_EVERY_MS = 50;
/** Picks up what the directory does not tell of, such as another rule set. */
const REFRESH_EVERY_MS = 30_000;

export interface LiveServerOptions {
  readonly http: HttpServer;
  readonly parts: LiveParts;
  readonly screens: ScreenWatchParts;
  readonly sessions: Sessions;
  readonly feed: AlarmFeed;
  readonly directory: Directory;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly config: ServerConfig;
  /** Work of each tick beside the sockets', e.g. merging the audit spool. Must not throw. */
  readonly onTick: () => void;
}

/** The live channel on the platform's own HTTP server: who may listen, what they hear, and when they are sent away. */
export class LiveServerPart {
  private readonly io: LiveServer;
  private readonly alarms: AlarmsNamespace;
  private readonly vitals: VitalsNamespace;
  private readonly screens: ScreenWatch;
  private readonly limits: SocketLimits;
  private readonly cancels: Cancel[] = [];
  /** Who lay in each bed when it was last looked at. */
  private readonly encounters = new Map<BedId, string | null>();

  constructor(private readonly options: LiveServerOptions) {
    const { http, config, parts, metrics, screens } = options;
    const { clock, proxies } = parts;
    this.limits = new SocketLimits({ metrics, wallMs: () => clock.wallMs(), publicOrigin: () => config.publicOrigin, proxies });
    this.io = new Server(http, {
      serveClient: false,
      maxHttpBufferSize: MESSAGE_BYTES_MAX,
      connectTimeout: 5_000,
      pingInterval: 10_000,
      pingTimeout: 5_000,
      perMessageDeflate: false,
      allowRequest: (request, answer) => {
        const refusal = this.limits.refusal(request, this.io.engine.clientsCount);
        answer(refusal, refusal === null);
      },
    });
    this.limits.watch(this.io);
    this.screens = new ScreenWatch(this.io.of(LIVE_NAMESPACES.alarms), screens);
    this.alarms = new AlarmsNamespace(this.io.of(LIVE_NAMESPACES.alarms), parts, (...a) => this.screens.joinedAlarms(...a));
    this.vitals = new VitalsNamespace(this.io.of(LIVE_NAMESPACES.vitals), parts, (...a) => this.screens.joinedVitals(...a));
    this.open(LIVE_NAMESPACES.alarms, (socket) => {
      this.alarms.connected(socket);
      this.screens.connected(socket);
    });
    this.open(LIVE_NAMESPACES.vitals, (socket) => this.vitals.connected(socket));
  }

  start(): void {
    this.screens.start();
    const { parts, feed, directory } = this.options;
    this.cancels.push(
      parts.clock.every(TICK_EVERY_MS, () => this.tick()),
      parts.clock.every(FLUSH_EVERY_MS, () => this.flush()),
      parts.clock.every(REFRESH_EVERY_MS, () => void parts.index.refresh().catch(parts.onOutage)),
      feed.subscribe((changes) => {
        this.alarms.changed(changes);
        // What is shelved may end with its alarm.
        this.screens.bedsChanged(new Set(changes.map(({ careUnitId }) => careUnitId)));
      }),
      directory.onChange((bedIds) => void this.placesChanged(bedIds).catch(parts.onOutage)),
    );
  }

  async stop(): Promise<void> {
    for (const cancel of this.cancels.splice(0)) cancel();
    this.screens.stop();
    // The HTTP server is Nest's to close, and it waits for these connections.
    const connections = new Set<LiveSocket['conn']>();
    for (const name of Object.values(LIVE_NAMESPACES)) {
      for (const socket of this.io.of(name).sockets.values()) connections.add(socket.conn);
    }
    this.io.engine.close();
    // One turn for what was written last, then the end for those that do not answer.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of connections) cutLine(connection);
  }

  private open(name: string, connected: (socket: LiveSocket) => void): void {
    const { sessions, config, parts, metrics } = this.options;
    const namespace = this.io.of(name);
    namespace.use((socket, next) => {
      callerOf(socket.handshake, sessions, config.publicOrigin).then(
        (caller) => {
          socket.data.caller = caller;
          next();
        },
        (error: unknown) => next(new Error(error instanceof PlatformError ? error.code : 'internal')),
      );
    });
    namespace.on('connection', (socket) => {
      if (!this.limits.hasRoom(socket)) return;
      const cancel = sessions.watch(socket.data.caller, () => {
        metrics.socketClosed('session-ended');
        // Said before the line is cut, so that the screen knows why and comes back as its station.
        socket.emit('session.ended', { reason: 'session-ended' });
        socket.disconnect(true);
      });
      socket.on('disconnect', () => {
        cancel();
        void parts.subscriptions.stop(`${socket.id}/`).catch(parts.onOutage);
      });
      socket.emit('hello', this.hello(socket));
      connected(socket);
      this.limits.refuseUnknown(socket);
    });
  }

  private hello(socket: LiveSocket): Hello {
    const { config, parts } = this.options;
    const { user, roles, name } = socket.data.caller;
    return {
      v: 1,
      serverWallMs: EpochMs.parse(parts.clock.wallMs()),
      eventMs: EpochMs.parse(parts.clock.nowMs()),
      rate: parts.clock.rate,
      staffId: user?.staffId ?? (name.replace(':', '-') as Hello['staffId']),
      name: user?.name ?? name,
      roles: [...roles],
      buildId: config.buildId,
      demo: config.demo,
    };
  }

  private tick(): void {
    const { parts, readiness, sessions, onTick } = this.options;
    const tick: LiveTick = {
      serverWallMs: EpochMs.parse(parts.clock.wallMs()),
      eventMs: EpochMs.parse(parts.clock.nowMs()),
      rate: parts.clock.rate,
      processing: readiness.processing(),
      streamLagMs: readiness.streamLagMs(),
    };
    for (const name of Object.values(LIVE_NAMESPACES)) this.io.of(name).emit('tick', tick);
    this.dropSlow();
    void sessions.sweep().catch(parts.onOutage);
    this.alarms.lookEverywhere();
    this.screens.tick();
    void parts.subscriptions.renewDue().catch(parts.onOutage);
    void parts.scores.refresh().catch(parts.onOutage);
    const ended = parts.index.endedLimits();
    if (ended.length > 0) void this.placesChanged(ended).catch(parts.onOutage);
    onTick();
  }

  private flush(): void {
    const { vitals, index } = this.options.parts;
    const careUnitIds = new Set(vitals.takeLost().flatMap((bedId) => index.bed(bedId)?.careUnitId ?? []));
    for (const careUnitId of careUnitIds) this.vitals.resend(careUnitId);
    this.vitals.flush();
    this.tellPauses();
    this.screens.flush();
  }

  /** What a bedside device has paused is on every screen at once, and not with the next snapshot. */
  private tellPauses(): void {
    const { vitals, index } = this.options.parts;
    const rows = vitals.takePauses().flatMap((bedId) => index.bed(bedId) ?? []);
    for (const row of rows) this.alarms.assignment({ careUnitId: row.careUnitId, bed: this.viewOf(row) });
    this.screens.bedsChanged(new Set(rows.map(({ careUnitId }) => careUnitId)));
  }

  /** A screen that falls behind is sent away rather than shown old numbers; it comes back for a snapshot. */
  private dropSlow(): void {
    for (const name of Object.values(LIVE_NAMESPACES)) {
      for (const socket of this.io.of(name).sockets.values()) {
        if (waitingPackets(socket) <= WAITING_PACKETS_MAX) continue;
        this.options.metrics.socketClosed('too-slow');
        cutLine(socket.conn);
      }
    }
  }

  private async placesChanged(bedIds: readonly BedId[]): Promise<void> {
    const { index, vitals, clock } = this.options.parts;
    for (const bedId of bedIds) {
      if (!this.encounters.has(bedId)) this.encounters.set(bedId, index.bed(bedId)?.encounter?.encounterId ?? null);
    }
    await index.refresh();
    const careUnitIds = new Set<ReturnType<typeof bedView>['careUnitId']>();
    for (const bedId of bedIds) {
      const row = index.bed(bedId);
      if (row === undefined) continue;
      const encounterId = row.encounter?.encounterId ?? null;
      if (this.encounters.get(bedId) !== encounterId) vitals.forgetBefore(bedId, row.encounter?.inBedSinceMs ?? clock.nowMs());
      this.encounters.set(bedId, encounterId);
      careUnitIds.add(row.careUnitId);
      this.alarms.assignment({ careUnitId: row.careUnitId, bed: this.viewOf(row) });
    }
    for (const careUnitId of careUnitIds) {
      this.options.parts.subscriptions.placesChanged(careUnitId);
      this.vitals.resend(careUnitId);
    }
    this.screens.bedsChanged(careUnitIds);
  }

  private viewOf(row: BedRow): BedView {
    const { index, vitals, scores } = this.options.parts;
    return bedView(row, vitals, index.limitsOf(row), scores.of(row));
  }
}
