import type { CareUnitId } from '@vigil/contracts';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { AlarmBar } from './alarm-bar.js';
import { Banners } from './banners.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './help-dialog.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { LiveRegions } from './live-regions.js';
import { runKey } from './keys.js';
import { NavLink } from './nav-link.js';
import { screensOf } from '../model/screens-of.js';
import { SCREENS } from './screen-list.js';
import { Guarded } from './screen-states.js';

interface ShellProps {
  readonly careUnitIds: readonly CareUnitId[];
  readonly onChooseUnit: (careUnitId: CareUnitId) => void;
}

/** What stands around every screen: the alarm bar is never covered, and banners push the screen down instead. */
export function Shell({ careUnitIds, onChooseUnit }: ShellProps) {
  const station = useStation();
  const navigate = useNavigate();
  const [helping, setHelping] = useState(false);
  const barAlarmSince = useRef<() => number>(() => performance.now());
  const showAlarm = useCallback((alarmId: string) => void navigate({ to: '/a/$alarmId', params: { alarmId } }), [navigate]);
  const showRecord = useCallback((bedId: string) => void navigate({ to: '/b/$bedId', params: { bedId } }), [navigate]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void =>
      runKey(event, station, {
        help: () => setHelping(true),
        record: showRecord,
        barSince: () => barAlarmSince.current(),
      });
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [station, showRecord]);

  return (
    <div className="shell">
      <a className="skip" href="#screen">
        Skip to the screen
      </a>
      <AlarmBar
        since={barAlarmSince}
        onShowAlarm={showAlarm}
        onHelp={() => setHelping(true)}
        onSecurity={() => void navigate({ to: '/security' })}
      />
      <nav className="tabs" aria-label="Screens">
        <UnitName careUnitIds={careUnitIds} onChoose={onChooseUnit} />
        <NavLink to="/">Beds</NavLink>
        <NavLink to="/alarms" below>
          Alarms
        </NavLink>
        <OfficeLinks />
        <PlaceNote />
      </nav>
      <Banners />
      <IdleWarning />
      <EmergencyBanners />
      <main id="screen" tabIndex={-1}>
        <Guarded>
          <Outlet />
        </Guarded>
      </main>
      <LiveRegions />
      <HelpDialog open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

/** The screens of the roles of whoever is signed in. */
export function OfficeLinks() {
  const { user } = useIdentity();
  const screens = screensOf(user?.roles ?? []);
  return SCREENS.filter(({ screen }) => screens.has(screen)).map(({ to, title }) => (
    <NavLink key={to} to={to} below>
      {title}
    </NavLink>
  ));
}

/** Which station this is, and that its watch goes on whoever is signed in. */
function PlaceNote() {
  const { place } = useIdentity();
  const station = useStation();
  const { kind } = useSignal(station.picture);
  return (
    <span className="tabs-note">
      {place ? (
        <b className="place">
          Station: {place.label} – {kind === 'live' ? 'surveillance running' : 'NOT LIVE'}
        </b>
      ) : null}{' '}
      <span className="tabs-use">Secondary display – the bedside monitor is primary</span>
    </span>
  );
}

function UnitName({ careUnitIds, onChoose }: { careUnitIds: readonly CareUnitId[]; onChoose: (id: CareUnitId) => void }) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const label = unit?.label ?? station.careUnitId;
  if (careUnitIds.length < 2) return <strong className="unit-name">{label}</strong>;
  return (
    <select
      className="unit-name"
      aria-label="Care unit"
      value={station.careUnitId}
      onChange={(event) => {
        const chosen = careUnitIds.find((id) => id === event.target.value);
        if (chosen) onChoose(chosen);
      }}
    >
      {careUnitIds.map((id) => (
        <option key={id} value={id}>
          {id === station.careUnitId ? label : id}
        </option>
      ))}
    </select>
  );
}
