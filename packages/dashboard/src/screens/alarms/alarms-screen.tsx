import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense } from 'react';
import { type AlarmSearch, alarmSearch, isMine, shownTo } from '../../model/alarm-filter.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { withWords } from '../../parts/later.js';
import { Tabs } from '../../parts/tabs.js';
import { t } from '../../words/words.js';
import { ActiveAlarms, useMe } from './active-alarms.js';

const RecentAlarms = lazy(async () => ({ default: (await withWords(import('./recent-alarms.js'))).RecentAlarms }));
const LimitsOffBoard = lazy(async () => ({ default: (await withWords(import('./limits-off-board.js'))).LimitsOffBoard }));

type Tab = 'active' | 'mine' | 'technical' | 'recent' | 'limits-off';

const PATHS = { recent: '/alarms/recent', 'limits-off': '/alarms/limits-off' } as const;

function tabOf(path: string, { show }: AlarmSearch): Tab {
  if (path === PATHS.recent) return 'recent';
  if (path === PATHS['limits-off']) return 'limits-off';
  return show ?? 'active';
}

/** Active first: what waits for somebody. Recent: what ended in the last hour. Limits off: what alarms less than it would. */
export function AlarmsScreen() {
  const navigate = useNavigate();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const me = useMe();
  const search = shownTo(me, alarmSearch(useSearch({ strict: false })));
  const station = useStation();
  const alarms = useSignal(station.alarms);
  const { kind } = useSignal(station.picture);
  const tab = tabOf(path, search);
  const go = (next: Tab): void => {
    if (next === 'recent' || next === 'limits-off') void navigate({ to: PATHS[next] });
    else
      void navigate({
        to: '/alarms',
        search: (now) => ({ unit: now.unit, ...(next === 'mine' || next === 'technical' ? { show: next } : {}) }),
      });
  };
  const names: readonly (readonly [Tab, string])[] = [
    ['active', t('alarms:active', { count: alarms.length })],
    ['recent', t('alarms:recent')],
    ...(me === null ? [] : [['mine', t('alarms:mine', { count: alarms.filter((each) => isMine(each, me)).length })] as const]),
    ['technical', t('alarms:technical', { count: alarms.filter((each) => each.kind === 'technical').length })],
    ['limits-off', t('alarms:limitsOff')],
  ];
  return (
    <>
      <h1 className="visually-hidden">{t('alarms:alarms')}</h1>
      <div className="alarms" data-picture={kind}>
        <Tabs
          className="alarm-tabs no-print"
          tabClassName="alarm-tab"
          label={t('alarms:which')}
          tabs={names}
          value={tab}
          onChoose={go}
        >
          <Pane key={tab} tab={tab} search={search} />
        </Tabs>
      </div>
    </>
  );
}

function Pane({ tab, search }: { tab: Tab; search: AlarmSearch }): ReactNode {
  if (tab !== 'recent' && tab !== 'limits-off') return <ActiveAlarms search={search} />;
  return (
    <Suspense fallback={<p className="quiet">{t('alarms:asking')}</p>}>
      {tab === 'recent' ? <RecentAlarms /> : <LimitsOffBoard />}
    </Suspense>
  );
}
