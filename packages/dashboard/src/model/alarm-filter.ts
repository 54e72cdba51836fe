import { type AlarmView, Priority } from '@vigil/contracts';
import { type Need, needOf, NEEDS } from './alarm-order.js';

/** What the address says of which active alarms are shown. A bed is no patient. */
export interface AlarmSearch {
  readonly show?: 'mine' | 'technical';
  readonly bed?: string;
  readonly priority?: Priority;
  readonly state?: Need;
}

/** `unit`: alarms of no bed. */
export const NO_BED = 'unit';
const BED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Total: what an address says that is none of these is left out. */
export function alarmSearch(search: Readonly<Record<string, unknown>>): AlarmSearch {
  const { show, bed, priority, state } = search;
  const priorityOf = Priority.safeParse(priority);
  const stateOf = NEEDS.find((need) => need === state && need !== 'over');
  return {
    ...(show === 'mine' || show === 'technical' ? { show } : {}),
    ...(typeof bed === 'string' && BED.test(bed) ? { bed } : {}),
    ...(priorityOf.success ? { priority: priorityOf.data } : {}),
    ...(stateOf === undefined ? {} : { state: stateOf }),
  };
}

export interface Me {
  readonly staffId: string;
  /** Beds at which this person is a nurse now. */
  readonly bedIds: ReadonlySet<string>;
}

/** With nobody signed in no alarm is anybody's own: a station that somebody has left on "mine" shows all. */
export function shownTo(me: Me | null, search: AlarmSearch): AlarmSearch {
  if (me !== null || search.show !== 'mine') return search;
  const { show: _, ...rest } = search;
  return rest;
}

/** Mine: I go or went, I was told, I have seen it, or it is at a bed of mine. */
export function isMine({ escalation, bedId, acknowledgedBy }: AlarmView, me: Me | null): boolean {
  if (me === null) return false;
  const said = [escalation.acceptedBy, acknowledgedBy, ...escalation.accepts.map(({ staffId }) => staffId)];
  const told = escalation.pages.some(({ staffId }) => staffId === me.staffId);
  return told || said.some((staffId) => staffId === me.staffId) || (bedId !== null && me.bedIds.has(bedId));
}

export function isShown(alarm: AlarmView, { show, bed, priority, state }: AlarmSearch, me: Me | null): boolean {
  if (show === 'mine' && !isMine(alarm, me)) return false;
  if (show === 'technical' && alarm.kind !== 'technical') return false;
  if (bed !== undefined && (alarm.bedId ?? NO_BED) !== bed) return false;
  if (priority !== undefined && alarm.priority !== priority) return false;
  return state === undefined || needOf(alarm) === state;
}

/** Low technical alarms of one bed that make a signal: the only ones that may be acknowledged together. */
export function lowTechnical(alarms: readonly AlarmView[], bedId: string): readonly AlarmView[] {
  return alarms.filter(
    (alarm) =>
      alarm.bedId === bedId &&
      alarm.kind === 'technical' &&
      alarm.priority === 'low' &&
      (alarm.presence === 'on' || alarm.presence === 'latched') &&
      !alarm.acknowledgePending,
  );
}
