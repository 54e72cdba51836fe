import { useLocation, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'radix-ui';
import { ActiveAlarms } from './active-alarms.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { RecentAlarms } from './recent-alarms.js';

/** Active first: what waits for somebody. Recent: what ended in the last hour, asked from the server. */
export function AlarmsScreen() {
  const navigate = useNavigate();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const station = useStation();
  const count = useSignal(station.alarms).length;
  const { kind } = useSignal(station.picture);
  const wanted = path.startsWith('/a/') ? path.slice(3) : null;
  return (
    <>
      <h1 className="visually-hidden">Alarms</h1>
      <Tabs.Root
        className="alarms"
        data-picture={kind}
        value={path === '/alarms/recent' ? 'recent' : 'active'}
        onValueChange={(tab) => void navigate({ to: tab === 'recent' ? '/alarms/recent' : '/alarms' })}
      >
        <Tabs.List className="alarm-tabs" aria-label="Which alarms">
          <Tabs.Trigger className="alarm-tab" value="active">
            Active ({count})
          </Tabs.Trigger>
          <Tabs.Trigger className="alarm-tab" value="recent">
            Recent 60 min
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="active" tabIndex={-1}>
          <ActiveAlarms wanted={wanted} />
        </Tabs.Content>
        <Tabs.Content value="recent" tabIndex={-1}>
          <RecentAlarms />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}
