import type { CareUnitId, SessionUser } from '@vigil/contracts';
import { useCallback, useEffect, useRef, useState } from 'react';
import { AlarmBar } from './alarm-bar.js';
import { AlarmsScreen } from './alarms-screen.js';
import { Banners } from './banners.js';
import { BedsScreen } from './beds-screen.js';
import { HelpDialog } from './help-dialog.js';
import { usePath, useSignal, useStation } from './hooks.js';
import { LiveRegions } from './live-regions.js';
import { runKey } from './keys.js';

interface ShellProps {
  readonly user: SessionUser;
  readonly onChooseUnit: (careUnitId: CareUnitId) => void;
  readonly onSignOut: () => void;
}

/** What stands around every screen: the alarm bar is never covered, and banners push the screen down instead. */
export function Shell({ user, onChooseUnit, onSignOut }: ShellProps) {
  const station = useStation();
  const [path, go] = usePath();
  const [helping, setHelping] = useState(false);
  const barAlarmSince = useRef<() => number>(() => performance.now());
  const showAlarm = useCallback((alarmId: string) => go(`/a/${alarmId}`), [go]);
  const alarmsOpen = path.startsWith('/alarms') || path.startsWith('/a/');

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void =>
      runKey(
        event,
        station,
        () => setHelping(true),
        () => barAlarmSince.current(),
      );
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [station]);

  return (
    <div className="shell">
      <a className="skip" href="#screen">
        Skip to the screen
      </a>
      <AlarmBar user={user} since={barAlarmSince} onShowAlarm={showAlarm} onHelp={() => setHelping(true)} onSignOut={onSignOut} />
      <nav className="tabs" aria-label="Screens">
        <UnitName user={user} onChoose={onChooseUnit} />
        <NavLink to="/" current={!alarmsOpen} go={go}>
          Beds
        </NavLink>
        <NavLink to="/alarms" current={alarmsOpen} go={go}>
          Alarms
        </NavLink>
        <span className="tabs-note">Secondary display – the bedside monitor is primary</span>
      </nav>
      <Banners />
      <main id="screen" tabIndex={-1}>
        <h1 className="visually-hidden">{alarmsOpen ? 'Alarms' : 'Beds'}</h1>
        {alarmsOpen ? <AlarmsScreen path={path} go={go} /> : <BedsScreen onShowAlarm={showAlarm} />}
      </main>
      <LiveRegions />
      <HelpDialog open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

function NavLink({ to, current, go, children }: { to: string; current: boolean; go: (path: string) => void; children: string }) {
  return (
    <a
      href={to}
      className="tab"
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

function UnitName({ user, onChoose }: { user: SessionUser; onChoose: (careUnitId: CareUnitId) => void }) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const label = unit?.label ?? station.careUnitId;
  if (user.careUnitIds.length < 2) return <strong className="unit-name">{label}</strong>;
  return (
    <select
      className="unit-name"
      aria-label="Care unit"
      value={station.careUnitId}
      onChange={(event) => {
        const chosen = user.careUnitIds.find((id) => id === event.target.value);
        if (chosen) onChoose(chosen);
      }}
    >
      {user.careUnitIds.map((id) => (
        <option key={id} value={id}>
          {id === station.careUnitId ? label : id}
        </option>
      ))}
    </select>
  );
}
