import { useQueries } from '@tanstack/react-query';
import { careUnits } from '../../live/care-api.js';
import { devices } from '../../live/office-api.js';
import { onCallNow, wayOfAlarms } from '../../live/on-call-api.js';
import { type Step, stepsOf } from '../../model/first-run.js';
import { queries, useLoad } from '../../parts/use-load.js';

const ASK_EVERY_MS = 10_000;

/** How far the site is set up, asked of the platform now and again. For those who may look at all of it. */
export function useSetUp(): Readonly<Record<Step, boolean | null>> {
  const units = useLoad(['care-units'], careUnits, { everyMs: ASK_EVERY_MS });
  const fleet = useLoad(['devices', 'set up'], () => devices(null), { everyMs: ASK_EVERY_MS });
  const way = useLoad(['status'], wayOfAlarms, { everyMs: ASK_EVERY_MS });
  const known = units.load.kind === 'ready' ? units.load.value.items : null;
  const asked = useQueries(
    {
      queries: (known ?? []).map(({ careUnitId }) => ({
        queryKey: ['on-call', 'now', careUnitId, 'set up'],
        queryFn: () => onCallNow(careUnitId),
        refetchInterval: ASK_EVERY_MS,
      })),
    },
    queries,
  );
  const answers = asked.flatMap(({ data }) => (data?.ok === true ? [data.value] : []));
  return stepsOf({
    careUnits: known,
    devices: fleet.load.kind === 'ready' ? fleet.load.value.items : null,
    status: way.load.kind === 'ready' ? way.load.value : null,
    onCall: known === null || answers.length < known.length ? null : answers,
  });
}
