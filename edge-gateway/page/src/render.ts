import type { AlarmShown, BedShown, NumericShown, WatchView } from '../../src/watch/watch-view.js';
import { el } from './dom.js';
import { shape } from './shapes.js';
import { ageNow, type Picture } from './state.js';
import { age, alarmWords, PRIORITY_WORDS, qualityWord, unitWord, WORDS } from './words.js';

/** The line on top: whether the central system is there. */
export function stateLine(picture: Picture, nowMs: number, wallMs: number): HTMLElement {
  const { cloudAwayMs } = picture.view;
  if (cloudAwayMs === null) {
    return el('div', { class: 'cloud', 'data-state': 'connected' }, el('b', {}, WORDS.connected), ' ', WORDS.connectedMore);
  }
  const awayMs = ageNow(cloudAwayMs, picture, nowMs);
  const clock = new Date(wallMs - awayMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const line = el('b', {}, `${WORDS.away} ${WORDS.since(clock, age(awayMs))}`);
  return el('div', { class: 'cloud', 'data-state': 'away' }, line, ' ', WORDS.awayMore);
}

/** What a person has to know before believing the rest. */
export function warnings(view: WatchView): HTMLElement[] {
  const isTest = [...view.alarms, ...view.over].some(({ origin }) => origin !== 'live');
  return [
    ...(view.configured ? [] : [el('p', { class: 'warning' }, WORDS.unconfigured)]),
    ...(view.failing ? [el('p', { class: 'warning' }, WORDS.failing)] : []),
    ...(isTest ? [el('p', { class: 'note' }, WORDS.demo)] : []),
  ];
}

export function alarmList(picture: Picture, nowMs: number): HTMLElement {
  const { alarms } = picture.view;
  if (alarms.length === 0) return el('p', { class: 'quiet' }, WORDS.noAlarms);
  return el('ul', { class: 'alarm-list' }, ...alarms.map((alarm) => alarmRow(alarm, picture, nowMs)));
}

export function overList(picture: Picture, nowMs: number): HTMLElement | null {
  const { over } = picture.view;
  if (over.length === 0) return null;
  const rows = over.map((alarm) => alarmRow(alarm, picture, nowMs));
  return el(
    'details',
    { class: 'over' },
    el('summary', {}, `${WORDS.over} (${over.length})`),
    el('ul', { class: 'alarm-list' }, ...rows),
  );
}

function alarmRow(alarm: AlarmShown, picture: Picture, nowMs: number): HTMLElement {
  const { mark, word } = PRIORITY_WORDS[alarm.priority];
  const ageMs = ageNow(alarm.ageMs, picture, nowMs);
  const kept = alarm.recorded === null || !alarm.active ? null : alarm.recorded ? WORDS.recorded : WORDS.recording;
  const attributes = {
    class: 'alarm',
    'data-priority': alarm.priority,
    'data-kind': alarm.kind,
    'data-active': String(alarm.active),
  };
  return el(
    'li',
    attributes,
    el('span', { class: 'sign' }, shape(alarm), el('span', { class: 'mark' }, mark), el('span', { class: 'word' }, word)),
    el('span', { class: 'bed' }, alarm.bedLabel),
    el('span', { class: 'what' }, alarmWords(alarm)),
    el('span', { class: 'when' }, alarm.active ? WORDS.since1(age(ageMs)) : WORDS.began(age(ageMs))),
    el('span', { class: 'kept' }, kept),
  );
}

export function bedGrid(picture: Picture, nowMs: number): HTMLElement {
  const worst = new Map<string, AlarmShown>();
  for (const alarm of picture.view.alarms) if (!worst.has(alarm.bedLabel)) worst.set(alarm.bedLabel, alarm);
  const cards = picture.view.beds.map((bed) => bedCard(bed, worst.get(bed.label), picture, nowMs));
  return el('ul', { class: 'beds' }, ...cards);
}

function bedCard(bed: BedShown, worst: AlarmShown | undefined, picture: Picture, nowMs: number): HTMLElement {
  const ageMs = bed.ageMs === null ? null : ageNow(bed.ageMs, picture, nowMs);
  const isOld = ageMs === null || ageMs > 5_000;
  const status = ageMs === null ? WORDS.noDataYet : isOld ? WORDS.dataOld(age(ageMs)) : '';
  const attributes = {
    class: 'bed-card',
    ...(worst === undefined ? {} : { 'data-priority': worst.priority, 'data-kind': worst.kind }),
  };
  return el(
    'li',
    attributes,
    el(
      'h3',
      {},
      worst === undefined ? null : shape(worst),
      bed.label,
      bed.occupied ? null : el('span', { class: 'empty' }, WORDS.noPatient),
      el('span', { class: 'bed-age' }, status),
    ),
    el('dl', {}, ...bed.numerics.map((numeric) => numericItem(numeric, picture, nowMs))),
  );
}

function numericItem(numeric: NumericShown, picture: Picture, nowMs: number): HTMLElement {
  const ageMs = ageNow(numeric.ageMs, picture, nowMs);
  const isStale = ageMs > numeric.staleMs;
  const isSlow = numeric.staleMs > 30_000;
  const said = qualityWord(numeric.quality);
  const foot = [unitWord(numeric.unit), said, isStale || isSlow ? age(ageMs) : ''].filter((part) => part !== '').join(' · ');
  return el(
    'div',
    { class: 'numeric', 'data-metric': numeric.metric, 'data-stale': String(isStale) },
    el('dt', {}, numeric.short),
    el('dd', { class: 'value' }, numeric.value === null ? '--' : String(numeric.value)),
    el('dd', { class: 'foot' }, foot),
  );
}
