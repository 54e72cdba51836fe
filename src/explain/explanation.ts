import { type AlarmView, type EpochMs, type Explanation, metricRow, type RuleSet } from '@vigil/contracts';
import type { AlarmRecord } from '../ports/alarm-records.js';
import type { HistoryGap } from '../ports/observation-store.js';
import { runbookEntryOf, runbookLink } from '../health/status/runbook.js';
import { alarmPath } from './alarm-path.js';
import { explanationLines } from './explanation-lines.js';
import { ruleWords } from './rule-words.js';

/** Other alarms of the bed are looked for so long before the onset. */
export const AROUND_MS = 15 * 60_000;

type Readings = Explanation['readings'];

export interface ToExplain {
  readonly record: AlarmRecord;
  /** One line, as screens and pages say it. */
  readonly text: AlarmView['text'];
  readonly readings: Readings;
  readonly gaps: readonly HistoryGap[];
  /** Page of the runbook; null: none that a browser reaches. */
  readonly runbookUrl: string | null;
  readonly isWall: boolean;
  /** Now. */
  readonly wallMs: number;
}

/** Why the alarm is what it is, from what is stored. Pure: the same record gives the same bytes. */
export function explanation({ record, text, readings, gaps, runbookUrl, isWall, wallMs }: ToExplain): Explanation {
  const { steps, ruleSet, names } = record;
  const first = steps[0]!.transition;
  const told: Omit<Explanation, 'lines'> = {
    v: 1,
    alarmId: first.alarmId,
    conditionCode: first.conditionCode,
    kind: first.kind,
    bedId: first.bedId,
    gatewayId: first.gatewayId,
    onsetMs: first.onsetMs,
    rule: ruleOf(record),
    readings,
    missing: {
      gaps: gaps.map(({ fromMs, toMs, count, reason }) => ({
        fromMs: fromMs as EpochMs,
        toMs: toMs as EpochMs,
        count,
        reason,
      })),
      technical: record.others
        .filter(({ kind }) => kind === 'technical')
        .map(({ conditionCode, onsetMs, endedMs }) => ({
          conditionCode,
          onsetMs: onsetMs as EpochMs,
          endedMs: endedMs as EpochMs | null,
        })),
      suppressed: ruleSet === null ? [] : suppressedAt(record, ruleSet),
    },
    runbook: runbookOf(first, runbookUrl),
    steps: steps.map(({ transition: t, hop }) => ({
      ...{ rev: t.rev, cause: t.cause, atMs: t.atMs, priority: t.priority, active: t.active, presence: t.presence },
      ...{ ruleId: t.ruleId, ruleSetHash: t.ruleSetHash, by: t.by === null ? null : nameOf(names, t.by), evidence: t.evidence },
      hubAtMs: (hop?.hubWallMs ?? null) as EpochMs | null,
      storedAtMs: (hop?.storedWallMs ?? null) as EpochMs | null,
    })),
    stepsCut: record.stepsCut,
    path: alarmPath(record, { isWall, wallMs }),
    escalation: escalationOf(record),
  };
  return { ...told, lines: [...explanationLines(told, text)] };
}

function runbookOf(
  { kind, conditionCode }: Pick<AlarmView, 'kind' | 'conditionCode'>,
  url: string | null,
): Explanation['runbook'] {
  const entry = kind === 'technical' ? runbookEntryOf(conditionCode) : null;
  return entry === null ? null : { entry, url: runbookLink(url, entry) };
}

function ruleOf({ steps, ruleSet, proposedBy, approvedBy, names }: AlarmRecord): Explanation['rule'] {
  const { ruleId, ruleSetHash } = steps[0]!.transition;
  const rule = ruleSet?.rules.find((each) => each.id === ruleId) ?? null;
  return {
    ruleId,
    ruleSetHash,
    ruleSetName: ruleSet?.name ?? null,
    definition: rule === null ? null : { ...rule },
    words:
      rule === null
        ? [ruleSet === null ? 'The rules of then are not stored here.' : 'It is part of Vigil itself.']
        : [...ruleWords(rule)],
    proposedBy: proposedBy === null ? null : nameOf(names, proposedBy),
    approvedBy: approvedBy === null ? null : nameOf(names, approvedBy),
  };
}

/** What the rule set hides while a condition holds that held at the onset, or had ended so short a time before that it still hid. */
function suppressedAt({ others, steps }: AlarmRecord, ruleSet: RuleSet): Explanation['missing']['suppressed'] {
  const { onsetMs } = steps[0]!.transition;
  return (ruleSet.suppressions ?? []).flatMap((suppression) => {
    const stood = others.filter(({ endedMs }) => endedMs === null || endedMs + suppression.releaseMs > onsetMs);
    const condition = 'condition' in suppression.while ? suppression.while.condition : null;
    const rule = 'rule' in suppression.while ? suppression.while.rule : null;
    const because = stood.find((other) => other.conditionCode === condition || (rule !== null && other.ruleId === rule));
    return because === undefined ? [] : [{ id: suppression.id, because: because.conditionCode, rules: [...suppression.hides] }];
  });
}

function escalationOf({ escalation, pages, pagesCut, names }: AlarmRecord): Explanation['escalation'] {
  const acceptedBy = escalation?.acceptedBy ?? null;
  return {
    state: escalation?.state ?? 'idle',
    startedAtMs: (escalation?.startedWallMs ?? null) as EpochMs | null,
    acceptedBy: acceptedBy === null ? null : nameOf(names, acceptedBy),
    acceptedAtMs: (escalation?.acceptedWallMs ?? null) as EpochMs | null,
    pages: pages.map(({ step, staffId, channel, reason, state, queuedWallMs, sentWallMs }) => ({
      ...{ step, to: nameOf(names, staffId), channel, reason, state },
      queuedAtMs: queuedWallMs as EpochMs,
      sentAtMs: sentWallMs as EpochMs | null,
    })),
    pagesCut,
  };
}

/** An id that the directory does not know stands for itself. */
const nameOf = (names: ReadonlyMap<string, string>, staffId: string): string => names.get(staffId) ?? staffId;

/** Points of one metric, the newest where there are more. */
export function readingsOf(
  points: readonly { readonly atMs: number; readonly value: number | null }[],
  about: {
    readonly metric: Readings['metrics'][number]['metric'];
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  },
): Readings['metrics'][number] {
  const { metric, fromMs, toMs, limit } = about;
  const { label, unit } = metricRow(metric);
  const kept = points.slice(-limit).map(({ atMs, value }) => ({ atMs: atMs as EpochMs, value }));
  return {
    ...{ metric, label, unit, fromMs: fromMs as EpochMs, toMs: toMs as EpochMs },
    ...{ points: kept, cut: points.length > limit },
  };
}
