import type { CareUnitId } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { Directory } from '../ports/directory.js';
import type { EscalationPolicies } from '../ports/escalation-policies.js';
import type { OnCall } from '../ports/on-call.js';
import type { BedIndex } from './bed-index.js';
import type { ConfigMarks } from './config-news.js';

const DAY_MS = 86_400_000;
/** Overrides of schedules are looked at so far ahead; a later one is told of when it comes into that. */
const OVERRIDES_AHEAD_MS = 60 * DAY_MS;

/** How each part of the configuration shows that it has changed. How a site shows things does not change while the process runs. */
export function configMarks(parts: {
  readonly index: BedIndex;
  readonly directory: Pick<Directory, 'careUnits'>;
  readonly policies: Pick<EscalationPolicies, 'inForce'>;
  readonly onCall: Pick<OnCall, 'schedules' | 'overrides'>;
  readonly clock: Pick<AppClock, 'wallMs'>;
}): ConfigMarks {
  const { index, directory, policies, onCall, clock } = parts;
  return {
    rules: () => index.ruleSetMark(),
    places: () => index.placesMark(),
    policy: async () => {
      const units = (await directory.careUnits()).map(({ careUnitId }) => careUnitId);
      const hashes: string[] = [];
      for (const unit of [null, ...units] as (CareUnitId | null)[]) hashes.push((await policies.inForce(unit)).hash);
      return hashes.join();
    },
    'on-call': async () => {
      // By the day, so that what holds then is compared with what held before, and not with what comes into view each second.
      const fromMs = Math.floor(clock.wallMs() / DAY_MS) * DAY_MS;
      const marks: unknown[] = [fromMs];
      for (const { scheduleId, rev, retired } of await onCall.schedules({})) {
        const span = { fromMs, toMs: fromMs + OVERRIDES_AHEAD_MS };
        marks.push([scheduleId, rev, retired, await onCall.overrides(scheduleId, span)]);
      }
      return JSON.stringify(marks);
    },
  };
}
