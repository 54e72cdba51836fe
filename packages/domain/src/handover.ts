import type { BedHandover } from '@vigil/contracts';
import { BOOTS_MAX, type BedState, type RuleState, type SourceBoot, type SourceState } from './state.js';
import { own } from './own.js';
import { plainRules } from './rules/memory.js';
import { joinSeen, onlyIn } from './seen.js';

/**
 * What an engine knows of a bed beside its alarms, for another engine to go on from (D17). Assignments, limits and stays
 * stay out: they come from their own events. Scores stay out too: what people chart is not known to a gateway, and the readings
 * behind a score reach it as they come (`noteForScores`).
 */
export function handoverOf(bed: BedState): BedHandover {
  const { clockMs, graceFromMs, watermarkMs, sources, metrics, limits, windows, pendingTechnical, faults, suppressed } = bed;
  const plain = {
    clockMs,
    graceFromMs,
    watermarkMs,
    sources,
    metrics,
    limits,
    windows,
    pendingTechnical,
    rules: plainRules(bed.rules),
  };
  if (suppressed !== undefined) Object.assign(plain, { suppressed });
  return structuredClone({
    encounterId: bed.encounter?.encounterId ?? null,
    ...plain,
    faults: faults ?? {},
  }) as unknown as BedHandover;
}

/** True when everything that this engine was sent of the bed is in the handover too, and it is about the same stay. */
export function coversBed(bed: BedState, handover: BedHandover): boolean {
  if (handover.encounterId !== (bed.encounter?.encounterId ?? null) || handover.clockMs < bed.clockMs) return false;
  return Object.entries(bed.sources).every(([id, { newestMs }]) => (own(handover.sources, id)?.newestMs ?? -1) >= newestMs);
}

/** Goes on from the handover: readings that it has judged count as taken, and none of them is judged a second time. */
export function takeHandover(bed: BedState, handover: BedHandover): void {
  const { sources, metrics, limits, windows, pendingTechnical, faults } = structuredClone(handover);
  bed.sources = Object.fromEntries(
    Object.entries(sources as BedState['sources']).map(([id, handed]) => [id, joinSource(own(bed.sources, id), handed)]),
  );
  bed.metrics = metrics as BedState['metrics'];
  bed.limits = limits as BedState['limits'];
  bed.windows = windows;
  takeRules(bed, handover);
  bed.pendingTechnical = pendingTechnical;
  bed.faults = faults;
  // Its gateway could not repeat what it has said of faults.
  for (const said of Object.values(bed.reportedFaults ?? {})) {
    for (const [who, lastMs] of Object.entries(said)) said[who] = Math.max(lastMs, handover.clockMs);
  }
  bed.clockMs = handover.clockMs;
  bed.graceFromMs = Math.max(bed.graceFromMs, handover.graceFromMs);
  bed.watermarkMs = Math.max(bed.watermarkMs, handover.watermarkMs);
}

/** An older gateway says nothing of the kinds of rules that it does not know: what is known here of those goes on. */
function takeRules(bed: BedState, handover: BedHandover): void {
  if (handover.rules === undefined) return;
  const { rules, suppressed } = structuredClone(handover);
  bed.rules = Object.fromEntries(Object.entries(rules ?? {}).filter(([, state]) => isRuleState(state))) as unknown as Record<
    string,
    RuleState
  >;
  if (suppressed === undefined) delete bed.suppressed;
  else bed.suppressed = suppressed;
}

function isRuleState(state: unknown): boolean {
  const { phase, sinceMs, memory } = (state ?? {}) as Partial<RuleState>;
  return PHASES.has(phase ?? '') && Number.isInteger(sinceMs) && memory !== undefined;
}
const PHASES: ReadonlySet<string> = new Set(['inside', 'pending', 'active', 'clearing']);

function joinSource(known: SourceState | undefined, handed: SourceState): SourceState {
  const here = known?.boots ?? [];
  const boots = [
    ...here.filter((b) => !handed.boots.some((h) => h.bootId === b.bootId)),
    ...handed.boots.map((h) => joinBoot(here.find((b) => b.bootId === h.bootId) ?? { bootId: h.bootId, seen: [] }, h)),
  ];
  return { ...handed, boots: boots.slice(-BOOTS_MAX) };
}

/** Remembers which messages only the gateway has had: scores wait for them. */
function joinBoot(known: SourceBoot, boot: SourceBoot): SourceBoot {
  const handed = joinSeen(known.handed ?? [], onlyIn(boot.seen, known.seen));
  return { ...boot, seen: joinSeen(known.seen, boot.seen), handed };
}
