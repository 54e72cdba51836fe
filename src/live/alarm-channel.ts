import type { AlarmEvent, AlarmSnapshot, CareUnitId } from '@vigil/contracts';
import type { Alarms } from '../ports/alarms.js';

/** One screen, or all screens of a care unit. */
export interface AlarmAudience {
  event(message: AlarmEvent): void;
  snapshot(message: AlarmSnapshot): void;
}

/**
 * The alarms of one care unit as a stream: in the order of their cursor, each at least once, to everybody who joined.
 *
 * What is sent comes from the store, never from a message in passing: the feed only says when to look. Joins and
 * looks run one after another, so nobody joins between an event and its place in the order.
 */
export class AlarmChannel {
  private cursor: number | null = null;
  private work: Promise<unknown> = Promise.resolve();
  private lookQueued = false;
  private joining = 0;

  constructor(
    private readonly careUnitId: CareUnitId,
    private readonly alarms: Alarms,
    private readonly everybody: AlarmAudience,
  ) {}

  /**
   * Brings one screen up to date and lets it in: the events after `since` where they are still kept, else a snapshot.
   *
   * @param enter adds the screen to `everybody`; called before anything newer can be sent
   * @throws PlatformError('store-unavailable')
   */
  join(one: AlarmAudience, since: number | undefined, enter: () => void): Promise<void> {
    this.joining++;
    return this.inTurn(async () => {
      await this.look();
      const known = since !== undefined && since <= this.cursor!;
      const missed = known ? await this.alarms.changedSince(this.careUnitId, since) : null;
      if (missed === null) one.snapshot(await this.takeSnapshot());
      else for (const { cursor, alarm } of missed) one.event({ careUnitId: this.careUnitId, cursor, alarm });
      enter();
    }).finally(() => this.joining--);
  }

  /** Somebody is about to listen: the channel must not be thrown away although nobody does yet. */
  get isJoining(): boolean {
    return this.joining > 0;
  }

  /** Sends what has changed. Calls while one waits are one. @throws PlatformError('store-unavailable') */
  async changed(): Promise<void> {
    if (this.lookQueued) return;
    this.lookQueued = true;
    await this.inTurn(async () => {
      this.lookQueued = false;
      await this.look();
    });
  }

  private async look(): Promise<void> {
    if (this.cursor === null) {
      this.cursor = (await this.alarms.open(this.careUnitId)).cursor;
      return;
    }
    const changed = await this.alarms.changedSince(this.careUnitId, this.cursor);
    if (changed === null) {
      const snapshot = await this.takeSnapshot();
      this.cursor = snapshot.cursor;
      this.everybody.snapshot(snapshot);
      return;
    }
    for (const { cursor, alarm } of changed) {
      this.everybody.event({ careUnitId: this.careUnitId, cursor, alarm });
      this.cursor = cursor;
    }
  }

  private async takeSnapshot(): Promise<AlarmSnapshot> {
    const { cursor, alarms } = await this.alarms.open(this.careUnitId);
    return { careUnitId: this.careUnitId, cursor, alarms: [...alarms] };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.then(work);
    this.work = turn.catch(() => undefined);
    return turn;
  }
}
