import type { AlarmLoad } from '@vigil/contracts';
import { type Cell, csvOf } from '../http/csv.js';

/** A report as one table: what is counted, of what, on which day, and the figure. */
export function loadCsv(load: AlarmLoad): string {
  return csvOf([['measure', 'subject', 'day', 'value'], ...wholeRows(load), ...partRows(load)]);
}

function wholeRows(load: AlarmLoad): Cell[][] {
  const { fromMs, toMs, origin, floods, escalations } = load;
  const one = (measure: string, value: Cell, subject: Cell = null): Cell[] => [measure, subject, null, value];
  return [
    one('care unit', load.careUnitId),
    one('from (event time)', new Date(fromMs).toISOString()),
    one('to (event time)', new Date(toMs).toISOString()),
    one('origin', origin ?? 'all'),
    one('counted to (event time)', load.countedToMs === null ? null : new Date(load.countedToMs).toISOString()),
    one('alarms', load.alarms),
    ...Object.entries(load.byPriority).map(([priority, count]) => one('alarms by priority', count, priority)),
    one('alarms by kind', load.physiological, 'physiological'),
    one('alarms by kind', load.technical, 'technical'),
    one('alarms per bed and day', load.perBedAndDay),
    one('share of the tenth of stays with the most', load.stays.topTenthShare),
    ...timeRows('first page', load.toFirstPage),
    ...timeRows('accept', load.toAccept),
    ...timeRows('arrival', load.toArrive),
    one('escalations', escalations.begun),
    one('escalations that nobody accepted', escalations.unaccepted),
    one('escalations that had told everybody', escalations.exhausted),
    one('declines', load.declines),
    one('floods', floods.unit, 'care unit'),
    one('flood minutes', floods.unitMinutes, 'care unit'),
    one('floods', floods.beds, 'beds'),
    one('flood minutes', floods.bedMinutes, 'beds'),
    one('flapping', load.flapping),
    one('shelved', load.shelved),
    one('duplicates', load.duplicates),
    ...labelRows(null, load.labels),
  ];
}

function partRows(load: AlarmLoad): Cell[][] {
  return [
    ...load.escalations.pastStep.map(({ step, alarms }) => ['escalations past step', `step ${step}`, null, alarms]),
    ...load.conditions.flatMap(({ conditionCode, alarms, labels }) => [
      ['alarms by condition', conditionCode, null, alarms],
      ...labelRows(conditionCode, labels),
    ]),
    ...load.stays.top.map(({ number, alarms }) => ['alarms by stay', `stay ${number}`, null, alarms]),
    ...(load.pagesPerPerson ?? []).map(({ band, people }) => ['people by pages', `${band} pages`, null, people]),
    ...load.beds.map(({ bedId, day, alarms }) => ['alarms by bed and day', bedId, day, alarms]),
  ];
}

function timeRows(what: string, { count, medianS, p90S, maxS }: AlarmLoad['toAccept']): Cell[][] {
  const of = (word: string, value: Cell): Cell[] => [`seconds to ${what} (wall time)`, word, null, value];
  return [of('count', count), of('median', medianS), of('90 of 100', p90S), of('longest', maxS)];
}

function labelRows(subject: Cell, { actionable, nuisance, artefact, falseShare }: AlarmLoad['labels']): Cell[][] {
  const of = (label: string, value: Cell): Cell[] => [`labelled ${label}`, subject, null, value];
  return [
    of('actionable', actionable),
    of('nuisance', nuisance),
    of('artefact', artefact),
    ['share of labelled that needed nobody', subject, null, falseShare],
  ];
}
