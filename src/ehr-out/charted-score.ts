import type { LogEventOf } from '@vigil/contracts';
import type { PlacedDraft, ScoreDraft } from '@vigil/domain';
import type { Directory } from '../ports/directory.js';
import type { Scores } from '../ports/scores.js';

export interface ChartedScoreParts {
  readonly scores: Pick<Scores, 'history'>;
  readonly directory: Pick<Directory, 'encounter'>;
}

/** The charted NEWS2 of a set, as the engine derived it; null while it has not. An estimate never takes its place (D14). */
export async function chartedScore(
  { scores, directory }: ChartedScoreParts,
  { encounterId, atMs, bedId }: LogEventOf<'charted'>,
): Promise<PlacedDraft | null> {
  const found = await scores.history({ encounterId, score: 'news2', fromMs: atMs, toMs: atMs + 1, limit: 20 });
  const kept = found.items.find(({ snapshot }) => snapshot.basis === 'charted' && snapshot.atMs === atMs);
  if (kept === undefined || kept.snapshot.total === null) return null;
  const { total, parts } = kept.snapshot;
  const draft: ScoreDraft = {
    ...{ is: 'score', form: 'score', bedId, deviceId: null, name: 'news2', slotMs: atMs, atMs, total, parts },
  };
  const encounter = await directory.encounter(encounterId);
  return { draft, stay: encounter === null ? null : { encounterId, patientId: encounter.patientId } };
}
