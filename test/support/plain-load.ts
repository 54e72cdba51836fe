import type { BedId, LoadTimes } from '@vigil/contracts';
import type { LoadFact } from '../../src/ports/reports.js';
import type { LoadSums } from '../../src/reports/load-count.js';

const DAY_MS = 86_400_000;
const TEN_MINUTES_MS = 600_000;

/** What a report has to say, counted the slow way: every figure by itself, from the whole list. */
export function plainLoad(
  facts: readonly LoadFact[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  bedIds: readonly BedId[],
): LoadSums {
  const count = (of: (fact: LoadFact) => boolean): number => facts.filter(of).length;
  const escalated = facts.flatMap((fact) => (fact.escalation === null ? [] : [fact.escalation]));
  const inBeds = facts.filter((fact) => fact.bedId !== null);
  const beds = new Set([...bedIds, ...inBeds.map((fact) => fact.bedId)]).size;
  const floodsOf = (list: readonly LoadFact[]) =>
    floods(
      list.map((fact) => fact.onsetMs),
      toMs,
    );
  const unit = floodsOf(facts);
  const ofBeds = [...new Set(inBeds.map((fact) => fact.bedId))].map((bed) =>
    floodsOf(facts.filter((fact) => fact.bedId === bed)),
  );
  const waits = (until: (e: (typeof escalated)[number]) => number | null) =>
    times(escalated.flatMap((e) => (until(e) === null ? [] : [Math.max(0, Math.round((until(e)! - e.startedWallMs) / 1_000))])));
  return {
    alarms: facts.length,
    byPriority: prioritiesOf(facts),
    physiological: count((fact) => !fact.isTechnical),
    technical: count((fact) => fact.isTechnical),
    perBedAndDay: beds === 0 ? null : inBeds.length / beds / ((toMs - fromMs) / DAY_MS),
    beds: bedDays(inBeds),
    conditions: conditionsOf(facts),
    stays: staysOf(facts),
    toFirstPage: waits((e) => e.firstPageWallMs),
    toAccept: waits((e) => e.acceptedWallMs),
    toArrive: waits((e) => e.arrivedWallMs),
    escalations: {
      begun: escalated.length,
      unaccepted: escalated.filter((e) => e.acceptedWallMs === null).length,
      exhausted: escalated.filter((e) => e.acceptedWallMs === null && e.isExhausted).length,
      pastStep: [1, 2, 3, 4]
        .filter((step) => escalated.some((e) => e.step >= step))
        .map((step) => ({ step, alarms: escalated.filter((e) => e.step >= step).length })),
    },
    declines: escalated.reduce((sum, e) => sum + e.declines, 0),
    floods: {
      unit: unit.floods,
      unitMinutes: Math.round(unit.ms / 60_000),
      beds: ofBeds.reduce((sum, each) => sum + each.floods, 0),
      bedMinutes: Math.round(ofBeds.reduce((sum, each) => sum + each.ms, 0) / 60_000),
    },
    flapping: count((fact) => fact.isFlapping),
    shelved: count((fact) => fact.wasShelved),
    duplicates: inBeds.filter((fact, n) => {
      const before = inBeds
        .slice(0, n)
        .findLast((each) => each.bedId === fact.bedId && each.conditionCode === fact.conditionCode);
      return before !== undefined && fact.onsetMs - before.onsetMs < 300_000;
    }).length,
    labels: labelsOf(facts),
    pagesPerPerson: bandsOf(escalated.flatMap((e) => e.paged)),
  };
}

/** Moment by moment: each onset, and each time at which one is ten minutes old. */
function floods(onsets: readonly number[], toMs: number): { readonly floods: number; readonly ms: number } {
  const moments = [...new Set([...onsets, ...onsets.map((atMs) => atMs + TEN_MINUTES_MS), toMs])].filter((atMs) => atMs <= toMs);
  let [found, ms, sinceMs] = [0, 0, null as number | null];
  for (const atMs of moments.sort((a, b) => a - b)) {
    // At the moment itself, before what begins then.
    const left = onsets.filter((each) => each > atMs - TEN_MINUTES_MS && each < atMs).length;
    if (sinceMs !== null && left < 5 && atMs > sinceMs) {
      ms += atMs - sinceMs;
      sinceMs = null;
    }
    const now = onsets.filter((each) => each > atMs - TEN_MINUTES_MS && each <= atMs).length;
    if (sinceMs === null && now > 10 && onsets.includes(atMs)) {
      sinceMs = atMs;
      found += 1;
    }
  }
  return { floods: found, ms: sinceMs === null ? ms : ms + toMs - sinceMs };
}

function times(waits: readonly number[]): LoadTimes {
  const sorted = [...waits].sort((a, b) => a - b);
  const rank = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { count: sorted.length, medianS: rank(0.5), p90S: rank(0.9), maxS: rank(1) };
}

function prioritiesOf(facts: readonly LoadFact[]) {
  const of = (rank: number): number => facts.filter((fact) => fact.priorityRank === rank).length;
  return { high: of(2), medium: of(1), low: of(0) };
}

function labelsOf(facts: readonly LoadFact[]) {
  const of = (label: string): number => facts.filter((fact) => fact.label === label).length;
  const [actionable, nuisance, artefact] = [of('actionable'), of('nuisance'), of('artefact')];
  const all = actionable + nuisance + artefact;
  return { actionable, nuisance, artefact, falseShare: all === 0 ? null : (nuisance + artefact) / all };
}

function bedDays(facts: readonly LoadFact[]): LoadSums['beds'] {
  const dayOf = (fact: LoadFact): string => new Date(fact.onsetMs).toISOString().slice(0, 10);
  const keys = [...new Set(facts.map((fact) => `${dayOf(fact)}|${fact.bedId}`))].sort();
  return keys.map((key) => {
    const [day, bedId] = key.split('|') as [string, BedId];
    const those = facts.filter((fact) => fact.bedId === bedId && dayOf(fact) === day);
    const technical = those.filter((fact) => fact.isTechnical).length;
    return {
      bedId,
      day,
      alarms: those.length,
      byPriority: prioritiesOf(those),
      physiological: those.length - technical,
      technical,
    };
  });
}

function conditionsOf(facts: readonly LoadFact[]): LoadSums['conditions'] {
  const codes = [...new Set(facts.map((fact) => fact.conditionCode))].sort();
  const rows = codes.map((conditionCode) => {
    const those = facts.filter((fact) => fact.conditionCode === conditionCode);
    return { conditionCode, alarms: those.length, share: those.length / facts.length, labels: labelsOf(those) };
  });
  return rows.sort((a, b) => b.alarms - a.alarms).slice(0, 10);
}

function staysOf(facts: readonly LoadFact[]): LoadSums['stays'] {
  const stays = [...new Set(facts.flatMap((fact) => fact.encounterId ?? []))];
  const counts = stays.map((stay) => facts.filter((fact) => fact.encounterId === stay).length).sort((a, b) => b - a);
  const tenth = counts.slice(0, Math.ceil(counts.length / 10)).reduce((sum, each) => sum + each, 0);
  return {
    counted: counts.length,
    top: counts.slice(0, 10).map((alarms, i) => ({ number: i + 1, alarms, share: alarms / facts.length })),
    topTenthShare: counts.length === 0 ? null : tenth / facts.length,
  };
}

function bandsOf(paged: readonly string[]): LoadSums['pagesPerPerson'] {
  const counts = [...new Set(paged)].map((staffId) => paged.filter((each) => each === staffId).length);
  if (counts.length < 5) return null;
  const of = (band: string, from: number, to: number) => ({ band, people: counts.filter((n) => n >= from && n <= to).length });
  return [
    of('1 to 10', 1, 10),
    of('11 to 50', 11, 50),
    of('51 to 100', 51, 100),
    of('101 to 500', 101, 500),
    of('501 and more', 501, Infinity),
  ];
}
