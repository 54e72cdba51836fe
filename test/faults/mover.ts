import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Answer, ApiClient } from '../support/api-client.js';
import { randomOf } from './kill-plan.js';

const MOVE_EVERY_MS = 2_500;
const ASK_AGAIN_MS = 300;
const WhereItIs = z.object({ bedId: z.string() });
const number = (metric: string, value: number): object => ({ item: 'number', metric, value });

/** A stay that goes to and fro between two beds, one of which is always empty. */
export interface Move {
  readonly encounterId: string;
  readonly bedIds: readonly [string, string];
}

/**
 * People who move patients and chart while everything is being killed. A chart without an answer is sent again under the same
 * key; before each move it is asked where the patient is, because the answer to the last one may have got lost.
 */
export class Mover {
  /** Moves that were answered 200. */
  moved = 0;
  /** Sets that were answered as taken down. */
  charted = 0;
  private readonly stopping = new AbortController();
  private readonly running: Promise<unknown>;

  constructor(
    private readonly api: ApiClient,
    seed: number,
    moves: readonly Move[],
  ) {
    this.running = Promise.all(moves.map((move, i) => this.run(move, randomOf(seed + i))));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(move: Move, random: () => number): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.pause(MOVE_EVERY_MS * (0.5 + random()));
      await this.move(move).catch(() => undefined);
      await this.chart(move.encounterId, random);
    }
  }

  private async move({ encounterId, bedIds }: Move): Promise<void> {
    const { bedId } = WhereItIs.parse(await this.api.ok(`/api/v1/encounters/${encounterId}`));
    const to = bedIds[bedId === bedIds[0] ? 1 : 0];
    const { status } = await this.api.call('POST', `/api/v1/encounters/${encounterId}/transfer`, { body: { bedId: to } });
    if (status === 200) this.moved += 1;
  }

  /** A whole NEWS2 set, sometimes of somebody who is ill. */
  private async chart(encounterId: string, random: () => number): Promise<void> {
    const isIll = random() < 0.5;
    const key = randomUUID();
    while (!this.stopping.signal.aborted) {
      const answer = await chart(this.api, encounterId, isIll, key).catch(() => null);
      if (answer?.status === 201 || answer?.status === 200) this.charted += 1;
      if (answer !== null && answer.status < 500 && answer.status !== 429) return;
      await this.pause(ASK_AGAIN_MS);
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

/** Charts a whole NEWS2 set of one stay: a command that always writes. */
export function chart(api: ApiClient, encounterId: string, isIll: boolean, key: string): Promise<Answer> {
  const items = [
    { item: 'consciousness', value: isIll ? 'V' : 'A' },
    { item: 'supplementalOxygen', value: isIll ? 'oxygen' : 'air' },
    ...[number('respirationRate', 16), number('spo2', 97), number('heartRate', 74)],
    ...[number('nibpSystolic', isIll ? 96 : 118), number('temperature', 36.8)],
  ];
  const path = `/api/v1/encounters/${encounterId}/observations`;
  return api.call('POST', path, { headers: { 'idempotency-key': key }, body: { items, validated: true } });
}
