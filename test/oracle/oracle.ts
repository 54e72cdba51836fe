import type { LogEvent } from '@vigil/contracts';
import type { Told } from './alarm-book.js';
import type { Rules } from './bed-history.js';
import { PlainBed } from './plain-bed.js';

/**
 * What the events of one partition must tell, in log order (D1): a plain second implementation of `step`, written from
 * docs/architecture.md and the contracts. It keeps every reading in lists and works out everything anew for each event, so it
 * is slow, and shares with the engine only the name of an alarm and the table of metrics.
 *
 * Answers what was told for each event. Not in it: gateways' own alarms and handovers, transfers, alarms of bedside devices, faults that
 * gateways tell, scores, corrections of a part of a stay.
 */
export function oracleOf(events: readonly LogEvent[]): Told[][] {
  const beds = new Map<string, PlainBed>();
  let rules: Rules | null = null;
  return events.map((event) => {
    if (event.kind === 'ruleSetActivated') {
      const next: Rules = { ruleSet: event.ruleSet, rate: event.rate };
      const isSame = rules !== null && JSON.stringify(rules) === JSON.stringify(next);
      rules = next;
      return isSame ? [] : [...beds.values()].flatMap((bed) => bed.activated(next, event.atMs));
    }
    if (!event.key.startsWith('bed:')) return [];
    const bedId = event.key.slice('bed:'.length);
    const bed = beds.get(bedId) ?? new PlainBed(bedId);
    beds.set(bedId, bed);
    return bed.event(event, rules);
  });
}
