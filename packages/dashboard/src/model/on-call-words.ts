import type {
  LoadTimes,
  OnCallNow,
  OnCallTroubleCode,
  PageTarget,
  PagingHealth,
  PolicyRoute,
  StatusView,
} from '@vigil/contracts';
import { language, t } from '../words/words.js';
import { conditionName } from './condition-words.js';

type Role = OnCallNow['roles'][number];

export const roleWord = (role: Role['role']): string => t(`onCall:role_${role}`);

/** One person in one role until one time, with all the beds that they have it for. */
export interface Duty extends Pick<Role, 'role' | 'staffId' | 'name' | 'reachability'> {
  readonly untilMs: number | null;
  readonly places: string;
}

const ROLE_ORDER: readonly Role['role'][] = ['primary', 'buddy', 'charge', 'rapid-response'];

/** In the order in which a policy usually tells them; by name within a role. */
export function dutiesOf(roles: readonly Role[]): readonly Duty[] {
  const groups = new Map<string, Role[]>();
  for (const each of roles) {
    const key = `${each.role} ${each.staffId} ${each.toMs} ${each.bedId === null}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const duties = [...groups.values()].map((group): Duty => {
    const { role, staffId, name, reachability, toMs } = group[0]!;
    const beds = group.flatMap(({ bedId }) => bedId ?? []).sort(byNumber);
    return { role, staffId, name, reachability, untilMs: toMs, places: placesText(beds) };
  });
  return duties.sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
}

function placesText(beds: readonly string[]): string {
  if (beds.length === 0) return t('onCall:theUnit');
  return beds.length === 1 ? t('onCall:bed', { bed: beds[0]! }) : t('onCall:beds', { beds: beds.join(', ') });
}

const { compare: byNumber } = new Intl.Collator('en', { numeric: true });

export const reachText = (reachability: Role['reachability']): string =>
  reachability === null ? t('onCall:reachNotKnown') : t(`onCall:reach_${reachability}`);

/** What of a target is known by another name than its id. */
export interface TargetNames {
  readonly scheduleName?: (scheduleId: string) => string;
  readonly personName?: (staffId: string) => string;
}

export function targetText(target: PageTarget, { scheduleName, personName }: TargetNames = {}): string {
  switch (target.kind) {
    case 'role':
      return roleWord(target.role);
    case 'schedule':
      return t('onCall:onCallBy', { schedule: scheduleName?.(target.scheduleId) ?? target.scheduleId });
    case 'person':
      return personName?.(target.staffId) ?? target.staffId;
  }
}

/** `45 s`, `5 min`. */
export function secondsText(s: number): string {
  return s < 120 || s % 60 !== 0 ? t('onCall:seconds', { n: s }) : t('onCall:minutes', { n: s / 60 });
}

/** Which alarms a route is for: `high and medium alarms, technical alone: asystole`. */
export function routeText({ priorities, kinds, conditionCodes }: PolicyRoute): string {
  const said = priorities.map((each) => t(`onCall:priority_${each}`)).join(t('onCall:and'));
  const only = kinds?.length === 1 ? kinds[0] : undefined;
  const route =
    only === undefined
      ? t('onCall:routePriorities', { priorities: said })
      : t('onCall:routeKind', { priorities: said, kind: t(`onCall:kind_${only}`) });
  return conditionCodes === undefined
    ? route
    : t('onCall:routeOnly', { route, conditions: conditionCodes.map(codesText).join(', ') });
}

/** `notAccepted` in words; `onCall.*` is all that can be wrong with telling people. */
function codesText(pattern: string): string {
  return pattern === 'onCall.*' ? t('onCall:troubleWithTelling') : conditionName(pattern);
}

/** What happens when nobody is left to be told. */
export function afterLastText({ steps, repeat, acceptsNeeded, arriveWithinS }: PolicyRoute): string {
  if (steps.length === 0) return t('onCall:nobodyPaged');
  const parts = [
    repeat === null ? t('onCall:endsAfterLast') : againText(repeat.afterS, repeat.times),
    ...(acceptsNeeded > 1 ? [t('onCall:acceptsNeeded', { n: acceptsNeeded })] : []),
    ...(arriveWithinS === null ? [] : [t('onCall:arriveWithin', { within: secondsText(arriveWithinS) })]),
  ];
  return t('onCall:sentence', { text: parts.join('; ') });
}

function againText(afterS: number, times: number | null): string {
  const after = secondsText(afterS);
  return times === null ? t('onCall:beginsAgainAlways', { after }) : t('onCall:beginsAgainTimes', { after, times });
}

export const pagingText = ({ problem }: PagingHealth): string => t(`onCall:paging_${problem ?? 'ok'}`);

export const canaryText = (state: StatusView['canary']['state']): string => t(`onCall:canary_${state}`);

export const troubleWord = (code: OnCallTroubleCode): string => t(`onCall:trouble_${code}`);

/** `median 40 s, nine of ten within 2 min, longest 5 min (of 31)`; says when nothing was measured. */
export function timesOf({ count, medianS, p90S, maxS }: LoadTimes): string {
  if (count === 0 || medianS === null || p90S === null || maxS === null) return t('onCall:timesNone');
  return t('onCall:times', {
    ...{ median: secondsText(medianS), p90: secondsText(p90S), most: secondsText(maxS) },
    n: count,
  });
}

/** `40 %`, as the language writes it. */
export const shareText = (share: number | null): string =>
  share === null ? '–' : (language() ?? 'en').startsWith('en') ? `${Math.round(share * 100)} %` : percent().format(share);

const percent = (): Intl.NumberFormat =>
  new Intl.NumberFormat(language(), { numberingSystem: 'latn', style: 'percent', maximumFractionDigits: 0 });
