import type {
  LoadTimes,
  OnCallNow,
  OnCallTroubleCode,
  PageTarget,
  PagingHealth,
  PolicyRoute,
  StatusView,
} from '@vigil/contracts';

const ROLE_WORD = {
  primary: 'nurse of the bed',
  buddy: 'buddy of the bed',
  charge: 'charge nurse',
  'rapid-response': 'rapid response',
} as const;

export const roleWord = (role: keyof typeof ROLE_WORD): string => ROLE_WORD[role];

type Role = OnCallNow['roles'][number];

/** One person in one role until one time, with all the beds that they have it for. */
export interface Duty extends Pick<Role, 'role' | 'staffId' | 'name' | 'reachability'> {
  readonly untilMs: number | null;
  readonly places: string;
}

const ROLE_ORDER = Object.keys(ROLE_WORD);

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
    const places = beds.length === 0 ? 'the care unit' : `${beds.length === 1 ? 'bed' : 'beds'} ${beds.join(', ')}`;
    return { role, staffId, name, reachability, untilMs: toMs, places };
  });
  return duties.sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
}

const { compare: byNumber } = new Intl.Collator('en', { numeric: true });

const REACH_WORD = {
  reachable: 'yes',
  doubtful: 'not known for sure',
  unreachable: 'NO',
} as const;

export const reachText = (reachability: Role['reachability']): string =>
  reachability === null ? 'not known' : REACH_WORD[reachability];

export function targetText(target: PageTarget): string {
  switch (target.kind) {
    case 'role':
      return ROLE_WORD[target.role];
    case 'schedule':
      return `on call by ${target.scheduleId}`;
    case 'person':
      return target.staffId;
  }
}

/** `45 s`, `5 min`. */
export function secondsText(s: number): string {
  return s < 120 || s % 60 !== 0 ? `${s} s` : `${s / 60} min`;
}

/** Which alarms a route is for: `high and medium alarms, technical alone: asystole`. */
export function routeText({ priorities, kinds, conditionCodes }: PolicyRoute): string {
  const kind = kinds?.length === 1 ? ` ${kinds[0]}` : '';
  const only = conditionCodes === undefined ? '' : `: ${conditionCodes.join(', ')}`;
  return `${priorities.join(' and ')} priority${kind} alarms${only}`;
}

/** What happens when nobody is left to be told. */
export function afterLastText({ steps, repeat, acceptsNeeded, arriveWithinS }: PolicyRoute): string {
  if (steps.length === 0) return 'Nobody is paged: screens alone show them.';
  const parts = [
    repeat === null ? 'ends after the last step' : `begins again after ${secondsText(repeat.afterS)}${timesText(repeat.times)}`,
    ...(acceptsNeeded > 1 ? [`${acceptsNeeded} people have to accept`] : []),
    ...(arriveWithinS === null ? [] : [`somebody has to be there within ${secondsText(arriveWithinS)}`]),
  ];
  return `${parts.join('; ')}.`;
}

function timesText(times: number | null): string {
  return times === null ? ' for as long as the alarm lasts' : `, ${times} times`;
}

const PROBLEM: Readonly<Record<NonNullable<PagingHealth['problem']>, string>> = {
  'escalator-silent': 'NOBODY IS TOLD: the escalator has stopped',
  'page-sender-silent': 'NO PAGE LEAVES: the page sender has stopped',
  'escalations-late': 'Alarms wait longer than they may to be passed on',
  'pages-late': 'Pages wait longer than they may to be sent',
  'store-away': 'The store does not answer: call people yourselves',
};

export const pagingText = ({ problem }: PagingHealth): string =>
  problem === null ? 'People are told of alarms.' : PROBLEM[problem];

const CANARY: Readonly<Record<StatusView['canary']['state'], string>> = {
  off: 'off: nothing tries the way of an alarm',
  waiting: 'on, the first one is on its way',
  ok: 'comes through',
  late: 'DOES NOT COME THROUGH',
};
export const canaryText = (state: StatusView['canary']['state']): string => CANARY[state];

const TROUBLE: Readonly<Record<OnCallTroubleCode, string>> = {
  nobodyOnCall: 'nobody is on call',
  unreachable: 'somebody on duty cannot be reached',
  undelivered: 'a page could not be delivered',
  escalatorStopped: 'paging has stopped',
  canaryLate: 'the test alarm does not come through',
};
export const troubleWord = (code: OnCallTroubleCode): string => TROUBLE[code];

/** `median 40 s, nine of ten within 2 min, longest 5 min (of 31)`; says when nothing was measured. */
export function timesOf({ count, medianS, p90S, maxS }: LoadTimes): string {
  if (count === 0 || medianS === null || p90S === null || maxS === null) return 'none';
  return `median ${secondsText(medianS)}, nine of ten within ${secondsText(p90S)}, longest ${secondsText(maxS)} (of ${count})`;
}

export const shareText = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 100)} %`);
