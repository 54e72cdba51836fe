import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlarmId } from '@vigil/contracts';
import type { ApiClient } from '../support/api-client.js';
import { randomOf } from './kill-plan.js';

const LOOK_EVERY_MS = 600;
/** Some alarms are left alone, so that their escalation goes on to the next step. */
const ACCEPTED_SHARE = 0.5;
const GONE_STATUSES = new Set([404, 409, 412]);

/**
 * A nurse who accepts alarms through the API while everything is being killed. A command without an answer is sent again
 * under the same key until it has one. What was answered 200 is hers, and must be there afterwards.
 */
export class Acceptor {
  /** Alarms whose accept was answered 200, and how many of those answers came only to a repetition. */
  readonly accepted = new Set<AlarmId>();
  repeated = 0;
  private readonly passedBy = new Set<AlarmId>();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly api: ApiClient,
    seed: number,
    private readonly notBedId: string,
  ) {
    this.running = this.run(randomOf(seed));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(random: () => number): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.look(random).catch(() => undefined);
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private async look(random: () => number): Promise<void> {
    for (const alarm of await this.api.alarms('escalation=running&limit=50')) {
      if (alarm.bedId === this.notBedId || this.passedBy.has(alarm.alarmId) || this.accepted.has(alarm.alarmId)) continue;
      if (random() >= ACCEPTED_SHARE) this.passedBy.add(alarm.alarmId);
      else await this.accept(alarm.alarmId, alarm.escalation.rev);
    }
  }

  private async accept(alarmId: AlarmId, rev: number): Promise<void> {
    const commandId = randomUUID();
    while (!this.stopping.signal.aborted) {
      const answer = await this.api.accept(alarmId, rev, commandId).catch(() => null);
      if (answer?.status === 200) {
        this.accepted.add(alarmId);
        if (answer.body.repeated === true) this.repeated += 1;
      }
      if (answer !== null && (answer.status === 200 || GONE_STATUSES.has(answer.status))) return;
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
