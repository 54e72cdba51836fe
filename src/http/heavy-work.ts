import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Bounded } from '../access/bounded.js';
import type { RequestContext } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { TooManyAttempts } from './invalid-request.js';

export type HeavyKind = 'alarm-export' | 'history-export' | 'audit-export' | 'audit-summary';

interface Bound {
  /** That are made at the same time, whoever asked. */
  readonly atOnce: number;
  /** That wait for their turn beyond that. */
  readonly waiting: number;
  /** Of one caller, both together: a person in all their sessions. */
  readonly ofOne: number;
}

/**
 * Each reads as fast as the store gives, beside the alarms. A file is asked for again by hand; what a screen asks for by
 * itself waits for its turn, so that a filter which is changed twice is no refusal.
 */
const BOUNDS: Readonly<Record<HeavyKind, Bound>> = {
  'alarm-export': { atOnce: 2, waiting: 0, ofOne: 1 },
  'history-export': { atOnce: 3, waiting: 0, ofOne: 1 },
  'audit-export': { atOnce: 2, waiting: 0, ofOne: 1 },
  'audit-summary': { atOnce: 2, waiting: 6, ofOne: 3 },
};
const AGAIN_MS = 5_000;
const MINUTE_MS = 60_000;
/** Minutes in which nothing more of a file is taken, before it breaks off and frees its place. Wall time. */
const IDLE_MINUTES_MAX = 5;
/** For descriptions of routes that give such a file. */
export const TAKEN_AS = `A file of which nothing is taken for ${IDLE_MINUTES_MAX} minutes breaks off.`;

/** Bounds what costs much: a person presses five times, and five persons do. In the memory of this process. */
@Injectable()
export class HeavyWork {
  private readonly works = new Map<HeavyKind, { readonly all: Bounded; readonly of: Map<string, number> }>();
  private readonly running: Gauge<'kind'>;
  private readonly refused: Counter<'kind' | 'why'>;

  constructor(
    private readonly clock: AppClock,
    { registry }: Metrics,
  ) {
    const registers = [registry];
    this.running = new Gauge({
      name: 'vigil_heavy_requests',
      help: 'Files and counts that are being made or wait for their turn, by kind',
      labelNames: ['kind'],
      registers,
    });
    this.refused = new Counter({
      name: 'vigil_heavy_requests_refused_total',
      help: 'Files and counts that were refused because as many were being made, for the caller or for all',
      labelNames: ['kind', 'why'],
      registers,
    });
    for (const kind of Object.keys(BOUNDS) as HeavyKind[]) {
      const { atOnce, waiting } = BOUNDS[kind];
      this.works.set(kind, { all: new Bounded(atOnce, waiting), of: new Map() });
      this.running.set({ kind }, 0);
    }
  }

  /** @throws TooManyAttempts when as many are being made already; nothing was read then */
  async run<T>(kind: HeavyKind, { caller }: RequestContext, work: () => Promise<T>): Promise<T> {
    const { all, of } = this.works.get(kind)!;
    const key = caller.name;
    const own = of.get(key) ?? 0;
    if (own >= BOUNDS[kind].ofOne) throw this.refuse(kind, 'caller');
    of.set(key, own + 1);
    this.running.inc({ kind });
    try {
      const done = await all.run(work);
      if (done === null) throw this.refuse(kind, 'all');
      return done.value;
    } finally {
      const left = of.get(key)! - 1;
      if (left === 0) of.delete(key);
      else of.set(key, left);
      this.running.dec({ kind });
    }
  }

  /**
   * The same for what is sent while it is made: its place is free again once it was taken, or nobody takes it any more. However
   * long it is, whoever goes on taking it gets it whole.
   *
   * @throws TooManyAttempts as above, and whatever `open` throws
   */
  stream(kind: HeavyKind, context: RequestContext, open: () => Promise<AsyncIterable<string | Uint8Array>>): Promise<Readable> {
    return new Promise((resolve, reject) => {
      const work = async (): Promise<void> => {
        const lines = await open();
        let idle = 0;
        const taken = async function* (): AsyncGenerator<string | Uint8Array> {
          for await (const line of lines) {
            idle = 0;
            yield line;
          }
        };
        const stream = Readable.from(taken());
        // An answer that is never sent, and a client that has stopped to take it, never end their stream.
        const cancel = this.clock.every(MINUTE_MS, () => {
          idle += 1;
          if (idle > IDLE_MINUTES_MAX) stream.destroy();
        });
        const gone = new Promise<void>((done) => stream.once('close', done));
        // Whoever sends it hears of its errors; here it is over either way.
        stream.once('error', () => undefined);
        resolve(stream);
        await gone;
        cancel();
      };
      this.run(kind, context, work).catch(reject);
    });
  }

  private refuse(kind: HeavyKind, why: 'caller' | 'all'): TooManyAttempts {
    this.refused.inc({ kind, why });
    return new TooManyAttempts(AGAIN_MS);
  }
}
