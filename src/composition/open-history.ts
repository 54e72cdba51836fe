import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import { SqliteObservationStore } from '../adapters/history-sqlite/history-sqlite.js';
import type { Breaker } from '../adapters/breaker/breaker.js';
import { startUpkeep } from '../adapters/history-sqlite/upkeep.js';
import { InfluxObservationStore } from '../adapters/influx/influx-store.js';
import { type InfluxTrouble, WHAT_TO_DO } from '../adapters/influx/influx-error.js';
import { nameOf, type Refused } from '../adapters/influx/refusals.js';
import type { Settings } from '../config.js';
import type { AppClock } from '../ports/app-clock.js';
import { HistoryHealth, NothingRefused, type RefusedReason } from '../ports/history-health.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Trouble } from './open-ports.js';
import { keepsHistory } from './workers.js';

export interface OpenedHistory {
  readonly observations: ObservationStore;
  readonly breaker: Breaker | null;
  readonly health: HistoryHealth;
  close(): void;
}

/** Refused samples that are named in one line of the log. */
const NAMED_MAX = 3;
/** What to do is in docs/runbook.md#history-refused. */
const REFUSED_SAYS = 'InfluxDB will not take readings; see history-refused in the runbook';

/** History in InfluxDB where the settings name one, else in a file of the data folder. */
export function openHistory(
  { dataDir, influx, historyRetention: retention, role }: Settings,
  clock: AppClock,
  onTrouble: Trouble,
): OpenedHistory {
  if (influx === null) {
    const observations = new SqliteObservationStore(join(dataDir, 'history.db'), clock);
    const upkeep = {
      store: observations,
      retention,
      clock,
      onTrouble: (facts: Parameters<Trouble>[1]) => onTrouble('history', facts),
    };
    // Of several processes those that write history keep it in order.
    const stopUpkeep = keepsHistory(role) ? startUpkeep(upkeep) : () => undefined;
    const close = (): void => {
      stopUpkeep();
      observations.close();
    };
    return { observations, breaker: observations.breaker, health: new NothingRefused(), close };
  }
  const health = new InfluxHealth();
  const observations = new InfluxObservationStore({
    ...influx,
    retention,
    clock,
    onTrouble: (code) => {
      health.code = code;
      onTrouble('history', code === null ? { code: 'influx-works', says: 'InfluxDB answers' } : { code, says: WHAT_TO_DO[code] });
    },
    onRefused: (refused) => {
      health.count(refused);
      onTrouble('history', factsOf(refused));
    },
  });
  return { observations, breaker: observations.breaker, health, close: () => observations.close() };
}

class InfluxHealth extends HistoryHealth {
  code: InfluxTrouble | null = null;
  private readonly counts = new Map<RefusedReason, number>();

  override trouble(): string | null {
    return this.code === null ? null : `${this.code}: ${WHAT_TO_DO[this.code]}`;
  }

  override refused(): ReadonlyMap<RefusedReason, number> {
    return this.counts;
  }

  count({ reason, samples }: Refused): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + samples.length);
  }
}

/** The same for one command, which changes no setting of the store and looks after no file. */
export function historyOfCommand(
  { dataDir, influx, historyRetention: retention }: Settings,
  clock: Clock,
): Pick<OpenedHistory, 'observations' | 'close'> {
  const observations =
    influx === null
      ? new SqliteObservationStore(join(dataDir, 'history.db'), clock)
      : new InfluxObservationStore({ ...influx, retention, clock, leaveAsIs: true });
  return { observations, close: () => observations.close() };
}

/** By name and time; no value. */
function factsOf({ reason, samples }: Refused): Readonly<Record<string, string | number>> {
  const named = samples.slice(0, NAMED_MAX).map(nameOf);
  const samplesNamed = named.map(({ bedId, deviceId, metric, atMs }) => `${bedId}/${deviceId}/${metric}/${atMs}`).join(' ');
  return { code: 'history-refused', reason, count: samples.length, samples: samplesNamed, says: REFUSED_SAYS };
}
