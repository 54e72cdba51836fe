import { bedKey, type BedId, type EvidencePart, type MetricName, NewChartItem, type ScoreSnapshot } from '@vigil/contracts';
import type { AdoptionAt } from './adoption-at.js';
import type { DraftEvent } from './outbox.js';
import type { ScoreSnapshotRow } from './schema.js';
import { newestScores } from './score-rows.js';
import { liveStays } from './live-stays.js';
import type { Tx } from './sql.js';

/**
 * What a part of a score is charted as. A pressure may have been that of a cuff or of an artery, and a pulse may have been counted:
 * the score is the same.
 */
const METRIC_OF: Readonly<Record<string, MetricName>> = {
  respirationRate: 'respirationRate',
  spo2: 'spo2',
  systolic: 'nibpSystolic',
  pulse: 'heartRate',
  temperature: 'temperature',
};

/** Who is named where the store does not say who charted a single item. */
const UNKNOWN_AUTHOR = 'installation';

/**
 * What people charted for those who lie in a bed, made from the scores that came of it: a complete set as the set that it was, single
 * items by the time at which they were seen. Their texts were on the log that is gone. Not carried: items that no score of the stay
 * was made of, what was charted in the last moment and never read, and a set of before the SpO2 scale was changed, which would be
 * scored anew by the scale of now. The engine still has what was charted before the patient came to this bed; a replay of the new
 * log alone passes it by, because there the stay begins with the bed.
 */
export async function chartEvents(tx: Tx, at: AdoptionAt): Promise<readonly DraftEvent[]> {
  const rows = await newestSnapshots(tx);
  const stays = Map.groupBy(rows, (row) => row.encounter_id);
  return [...stays.values()].flatMap((ofStay) => {
    const { now_in, scale_now } = ofStay[0]!;
    const bedId = now_in as BedId;
    const snapshots = ofStay.map((row) => JSON.parse(row.content_json) as ScoreSnapshot);
    const drafts = [...setsOf(snapshots, scale_now ?? 1, at), ...itemsOf(snapshots)];
    return drafts.map((draft) => ({ ...draft, ...about(draft, bedId, at) }));
  });
}

interface NewestRow extends ScoreSnapshotRow {
  readonly now_in: string;
  /** Null where nobody has set one, which is scale 1. */
  readonly scale_now: number | null;
}

/** The newest of each score and basis, of stays that are open, with the bed and the SpO2 scale of now. */
async function newestSnapshots({ db }: Tx): Promise<readonly NewestRow[]> {
  return newestScores(db)
    .innerJoin(liveStays(db).selectAll('e').as('e'), 'e.encounter_id', 's.encounter_id')
    .leftJoin('score_setting as c', 'c.encounter_id', 's.encounter_id')
    .select(['e.bed_id as now_in', 'c.spo2_scale as scale_now'])
    .where('e.discharged_ms', 'is', null)
    .execute();
}

interface Charted {
  readonly encounterId: string;
  readonly atMs: number;
  readonly validated: boolean;
  readonly score?: ScoreSnapshot['score'];
  readonly by: string;
  readonly items: readonly NewChartItem[];
}

/** Sets that still stand, whole and as they were scored. */
function setsOf(snapshots: readonly ScoreSnapshot[], scaleNow: number, { nowMs }: AdoptionAt): readonly Charted[] {
  return snapshots
    .filter(({ basis, validUntilMs }) => basis === 'charted' && validUntilMs > nowMs)
    .filter(({ spo2Scale = scaleNow, parts }) => spo2Scale === scaleNow && parts.every((part) => itemOf(part).length > 0))
    .map(({ encounterId, atMs, score, by, parts }) => ({
      ...{ encounterId, atMs, validated: true, score, by: by ?? UNKNOWN_AUTHOR },
      items: parts.flatMap(itemOf),
    }));
}

/** The newest of each part of an estimate that a person charted. The engine leaves out what has expired. */
function itemsOf(snapshots: readonly ScoreSnapshot[]): readonly Charted[] {
  const newest = new Map<string, EvidencePart>();
  for (const { basis, parts } of snapshots) {
    if (basis !== 'estimate') continue;
    for (const part of parts) {
      if (part.source !== 'charted' || part.atMs === null || part.atMs <= (newest.get(part.part)?.atMs ?? 0)) continue;
      newest.set(part.part, part);
    }
  }
  const encounterId = snapshots[0]!.encounterId;
  const seen = Map.groupBy(newest.values(), ({ atMs }) => atMs!);
  return [...seen]
    .map(([atMs, parts]) => ({ encounterId, atMs, validated: false, by: UNKNOWN_AUTHOR, items: parts.flatMap(itemOf) }))
    .filter(({ items }) => items.length > 0)
    .sort((a, b) => a.atMs - b.atMs);
}

function itemOf({ part, value }: EvidencePart): readonly NewChartItem[] {
  const metric = METRIC_OF[part];
  const item = NewChartItem.safeParse(metric === undefined ? { item: part, value } : { item: 'number', metric, value });
  return item.success ? [item.data] : [];
}

function about(draft: Charted, bedId: BedId, { origin, adoption }: AdoptionAt) {
  const chartId = `adopt-${adoption}-${draft.score ?? 'items'}-${draft.atMs}`;
  const id = `adopt/${adoption}/chart/${draft.encounterId}/${draft.score ?? 'items'}/${draft.atMs}`;
  return { kind: 'charted' as const, id, key: bedKey(bedId), origin, bedId, chartId };
}
