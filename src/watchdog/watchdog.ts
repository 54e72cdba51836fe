import type { Cancel, Clock } from '@vigil/clock';
import type { EpochMs, Origin } from '@vigil/contracts';
import type { WatchedHub } from '../ports/watched-hub.js';
import type { Mail } from './outage.js';
import { AUDIT_WATCH_START, type AuditWatchState, watchAudit } from './audit-watch.js';
import {
  pagingAnswered,
  pagingAppended,
  type PagingAnswer,
  type PagingEffects,
  type PagingKept,
  type PagingWatch,
  watchPaging,
} from './paging-watch.js';
import { type GatewayWatch, type WatchEffect, type WatchInput, type WatchState, watch } from './watch.js';

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly hub: Pick<WatchedHub, 'probe' | 'append' | 'onStatus'>;
  readonly origin: Origin;
  readonly start: WatchState;
  /** True when the platform says that it is ready. May reject. */
  readonly isPlatformReady: () => Promise<boolean>;
  readonly send: (mail: Mail) => Promise<void>;
  /** Whether people are told of alarms; left out where no platform is asked for it. */
  readonly paging?: PagingOptions | undefined;
  /** Keeps what must outlive a restart. Called before anything is appended. */
  readonly save: (gateways: Readonly<Record<string, GatewayWatch>>) => void;
  /** What the witness of the audit log has seen; left out where no platform brings its checkpoints. */
  readonly witness?: { readonly lastTakenMs: number | null; readonly changed: { readonly atWallMs: number } | null } | undefined;
  readonly log: { info(facts: object, msg: string): void; warn(facts: object, msg: string): void };
}

export interface PagingOptions {
  readonly start: PagingWatch;
  /** Null: no answer. Must not reject. */
  readonly ask: () => Promise<PagingAnswer | null>;
  readonly save: (kept: PagingKept) => void;
  /** A time of this process that nobody can set. */
  readonly steadyMs: () => number;
}

const TICK_MS = 1_000;
const PROBE_EVERY_MS = 2_000;
const SAVE_EVERY_MS = 10_000;
/** Mails that wait for a mail server; the oldest goes first when there are more. */
const MAILS_MAX = 50;

/**
 * Looks, thinks (`watch`), acts. Works with the hub or the platform away from the start: nothing here waits for them.
 * No call is made again before the one before it has ended.
 */
export class Watchdog {
  private state: WatchState;
  private audit: AuditWatchState = AUDIT_WATCH_START;
  private paging: PagingWatch | null;
  private readonly cancels: Cancel[] = [];
  private readonly busy = new Set<string>();
  private mails: Mail[] = [];
  private savedMs = 0;
  private readonly steadyStartMs: number;
  readonly counts = { mails: 0, mailsFailed: 0, appends: 0, appendsFailed: 0, mailsDropped: 0 };

  constructor(private readonly options: WatchdogOptions) {
    this.state = options.start;
    this.steadyStartMs = options.clock.steady().atMs;
    this.paging = options.paging?.start ?? null;
  }

  start(): void {
    const { clock, hub } = this.options;
    hub.onStatus((status, hubAtMs) => {
      const wallMs = this.steadyWallMs();
      const ageMs = Math.max(0, clock.wallMs() - hubAtMs);
      this.take({ kind: 'status', status, hubAtMs: wallMs - ageMs, wallMs, atMs: clock.nowMs() as EpochMs });
    });
    this.look();
    this.cancels.push(clock.every(PROBE_EVERY_MS, () => this.look()));
    this.cancels.push(clock.every(TICK_MS, () => this.tick()));
  }

  stop(): void {
    for (const cancel of this.cancels) cancel();
    this.save();
  }

  /** For health and metrics. */
  current(): WatchState {
    return this.state;
  }

  /** The wall time of the start and what has passed since: nobody sets it, and no time that is waited for becomes longer or shorter. */
  private steadyWallMs(): number {
    return this.state.startedMs + this.options.clock.steady().atMs - this.steadyStartMs;
  }

  /** As the clock on the wall shows it now. */
  private onWall(steadyWallMs: number): number {
    return steadyWallMs + this.options.clock.wallMs() - this.steadyWallMs();
  }

  private look(): void {
    const { hub, isPlatformReady } = this.options;
    this.once('probe', async () => {
      const isCaughtUp = await hub.probe().catch(() => null);
      this.take({ kind: 'hub', ok: isCaughtUp !== null, isCaughtUp: isCaughtUp === true, wallMs: this.steadyWallMs() });
    });
    this.once('platform', async () => {
      const ok = await isPlatformReady().catch(() => false);
      this.take({ kind: 'platform', ok, wallMs: this.steadyWallMs() });
    });
    const { paging } = this.options;
    if (paging === undefined) return;
    this.once('paging', async () => {
      const answer = await paging.ask();
      this.paging = pagingAnswered(this.paging!, answer, paging.steadyMs());
    });
  }

  /** For health and metrics: whether people are told of alarms; null where nobody asks. */
  isPagingWell(): boolean | null {
    return this.paging === null ? null : this.paging.okSinceMs !== null;
  }

  private tick(): void {
    const { clock } = this.options;
    const wallMs = this.steadyWallMs();
    this.take({ kind: 'tick', wallMs, atMs: clock.nowMs() as EpochMs });
    this.lookAtPaging();
    this.lookAtAudit();
    if (wallMs - this.savedMs >= SAVE_EVERY_MS) {
      this.savedMs = wallMs;
      this.save();
    }
    this.sendMails();
  }

  private save(): void {
    this.options.save(this.state.gateways);
    if (this.paging !== null) this.options.paging?.save(this.paging);
  }

  private lookAtPaging(): void {
    const { clock, origin, paging } = this.options;
    if (paging === undefined) return;
    const { platform, hub } = this.state;
    // A platform that is away is told of as a whole, but where the hub is away, which is told instead and stops no page.
    const isPlatformTold =
      platform.outage !== null || (platform.okSinceMs === null && hub.outage === null && !this.paging!.answers);
    const now = { steadyMs: paging.steadyMs(), wallMs: this.steadyWallMs(), atMs: clock.nowMs() as EpochMs, isPlatformTold };
    const { watch: next, effects } = watchPaging(this.paging!, now, origin);
    this.paging = next;
    for (const mail of effects.mails) this.queueOnWall(mail);
    if (effects.append !== null) this.appendPaging(effects.append);
  }

  private appendPaging({ what, id, events }: NonNullable<PagingEffects['append']>): void {
    const { hub, log } = this.options;
    this.once('append paging', async () => {
      this.save();
      try {
        await hub.append(events);
      } catch (error) {
        this.counts.appendsFailed++;
        log.warn({ code: (error as { code?: string }).code }, 'the hub did not take that pages are not sent; trying again');
        return;
      }
      this.counts.appends++;
      log.warn({ events: events.length }, what === 'stopped' ? 'pages are not sent' : 'pages are sent again');
      this.paging = pagingAppended(this.paging!, id, what);
      this.save();
    });
  }

  private lookAtAudit(): void {
    const { witness, clock } = this.options;
    if (witness === undefined) return;
    const { okSinceMs } = this.state.platform;
    const { state, mails } = watchAudit(this.audit, {
      wallMs: clock.wallMs(),
      lastTakenMs: witness.lastTakenMs ?? this.state.startedMs,
      platformOkSinceMs: okSinceMs === null ? null : this.onWall(okSinceMs),
      changedMs: witness.changed?.atWallMs ?? null,
    });
    this.audit = state;
    for (const mail of mails) this.queue(mail);
  }

  /** What is wrong with the audit log as far as the watchdog can tell; null when nothing is. */
  auditProblem(): 'audit-log-changed' | 'audit-log-silent' | null {
    if (this.audit.changed !== null) return 'audit-log-changed';
    return this.audit.silent === null ? null : 'audit-log-silent';
  }

  private take(input: WatchInput): void {
    const { state, effects } = watch(this.state, input, this.options.origin);
    this.state = state;
    for (const effect of effects) {
      if (effect.do === 'append') this.append(effect);
      else this.queueOnWall(effect.mail);
    }
  }

  private append(effect: Extract<WatchEffect, { do: 'append' }>): void {
    const { hub, save, log } = this.options;
    const { gatewayId, lostId, what } = effect;
    this.once(`append ${gatewayId}`, async () => {
      save(this.state.gateways);
      try {
        await hub.append(effect.events);
      } catch (error) {
        this.counts.appendsFailed++;
        log.warn(
          { gatewayId, code: (error as { code?: string }).code },
          'the hub did not take what the watchdog has to say; trying again',
        );
        return;
      }
      this.counts.appends++;
      log.warn({ gatewayId, events: effect.events.length }, what === 'lost' ? 'gateway lost' : 'gateway restored');
      this.take({ kind: 'appended', gatewayId, lostId, what });
    });
  }

  /** What people read is what their clocks show. */
  private queueOnWall(mail: Mail): void {
    this.queue({ ...mail, sinceMs: this.onWall(mail.sinceMs), wallMs: this.onWall(mail.wallMs) });
  }

  private queue(mail: Mail): void {
    this.mails.push(mail);
    if (this.mails.length > MAILS_MAX) {
      this.mails.shift();
      this.counts.mailsDropped++;
    }
    this.sendMails();
  }

  /** In order; one that fails stays first and is tried again with the next tick. */
  private sendMails(): void {
    if (this.mails.length === 0) return;
    this.once('mail', async () => {
      for (let mail = this.mails[0]; mail !== undefined; mail = this.mails[0]) {
        try {
          await this.options.send(mail);
        } catch (error) {
          this.counts.mailsFailed++;
          this.options.log.warn({ code: (error as { code?: string }).code }, 'the mail server did not take a mail; trying again');
          return;
        }
        this.counts.mails++;
        this.options.log.warn({ part: mail.about.part, state: mail.state }, 'mail sent');
        this.mails = this.mails.filter((m) => m !== mail);
      }
    });
  }

  private once(name: string, run: () => Promise<void>): void {
    if (this.busy.has(name)) return;
    this.busy.add(name);
    void run().finally(() => this.busy.delete(name));
  }
}
