import { type BedId, type DeviceId, METRIC_NAMES, type MetricName, metricRow } from '@vigil/contracts';
import { type Minute, MINUTE_MS, observedName, type OutMode, type OutSample } from '@vigil/domain';
import type { CareRelations } from '../ports/care-relations.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Exporter } from './exporter.js';
import { placed } from './subjects.js';
import type { Whereabouts } from './whereabouts.js';

/** Event time that is rebuilt at once: an hour of one bed with ten metrics is 36,000 values. */
const STEP_MS = 3_600_000;
const POINTS_MAX = 4_000;

export interface RebuildParts {
  readonly observations: Pick<ObservationStore, 'read'>;
  readonly whereabouts: Whereabouts;
  readonly relations: Pick<CareRelations, 'staysIn'>;
  readonly exporter: Pick<Exporter, 'deliver'>;
  readonly mode: OutMode;
}

export interface RebuildSpan {
  readonly bedId: BedId;
  /** Event time, half open. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Rebuilt {
  /** Observations that are there now. */
  readonly sent: number;
  /** That wait, because the server does not know the patient or refuses them. */
  readonly kept: number;
  /** Values without one device that brought them. */
  readonly leftOut: number;
}

/**
 * Sends what history has of a bed under the names that it has, so that what is there already stays as it is. History merges by bed,
 * metric and moment and tells no device: the device is the one that brought the metric there then. Where two did, or
 * none is known, nothing is sent, because its name would be another.
 */
export async function rebuild(parts: RebuildParts, { bedId, fromMs, toMs }: RebuildSpan): Promise<Rebuilt> {
  const done = { sent: 0, kept: 0, leftOut: 0 };
  for (let stepMs = fromMs; stepMs < toMs; stepMs += STEP_MS) {
    const minutes = new Map<string, Minute & { readonly samples: OutSample[] }>();
    const span = { bedId, fromMs: stepMs, toMs: Math.min(toMs, stepMs + STEP_MS) };
    for (const metric of METRIC_NAMES) {
      if (metricRow(metric).kind === 'numeric') done.leftOut += await collect(parts, span, metric, minutes);
    }
    const drafts = await placed([...minutes.values()], parts.mode, parts.relations);
    const known = drafts.filter(({ stay }) => stay !== null);
    const kept = await parts.exporter.deliver(known);
    done.sent += known.length - kept.size;
    done.kept += kept.size;
  }
  return done;
}

async function collect(
  { observations, whereabouts }: RebuildParts,
  { bedId, fromMs, toMs }: RebuildSpan,
  metric: MetricName,
  minutes: Map<string, Minute & { readonly samples: OutSample[] }>,
): Promise<number> {
  let leftOut = 0;
  const name = observedName(metric);
  const points = await observations.read({ bedId, metric, fromMs, toMs, everyMs: 0, limit: POINTS_MAX });
  for (const { atMs, value, questionable } of points) {
    const [deviceId, ...others] = whereabouts.devicesOf(bedId, metric, atMs);
    if (value === null) continue;
    if (deviceId === undefined || others.length > 0) {
      leftOut += 1;
      continue;
    }
    const slotMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    const key = `${deviceId}/${name}/${slotMs}`;
    const minute = minutes.get(key) ?? newMinute({ bedId, deviceId, name, slotMs });
    minute.samples.push({ metric, value, quality: questionable > 0 ? 'questionable' : 'valid', atMs });
    minutes.set(key, minute);
  }
  return leftOut;
}

function newMinute(of: {
  readonly bedId: BedId;
  readonly deviceId: DeviceId;
  readonly name: Minute['name'];
  readonly slotMs: number;
}) {
  return { ...of, samples: [] as OutSample[] };
}
